"""How an earlier study is spoken of: what was compared, what was not and why."""

from collections.abc import Iterator

from overread.agents._draft_inputs import DraftInputs
from overread.agents._feedback import statement
from overread.agents._phrases import WORDINGS, listed
from overread.outputs.day_text import day_words
from overread.reasoning.change import Earlier
from overread.reasoning.priors import comparable_priors
from overread.records import Change, Prior, PriorSought, Statement


def comparison(inputs: DraftInputs) -> list[Statement | None]:
    """Say in one sentence which earlier study was compared with, or why none was."""
    sought, earlier = inputs.facts(PriorSought), inputs.earlier
    if earlier is not None and earlier.comparable:
        text = f"Compared with {named(earlier.prior)}"
        older = len(comparable_priors(inputs.case)) - 1
        text += "; older ones were not compared." if older else "."
        return [statement("comparison", text, (earlier.laid.id, *sought))]
    if earlier is not None:
        text = f"Not compared with {named(earlier.prior)}: the lungs of the two pictures do not lie over each other."
        return [statement("comparison", text, (earlier.laid.id, *sought))]
    return [statement("comparison", _not_compared(inputs), sought)]


def not_compared(inputs: DraftInputs) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Name, a sentence a reason, the findings whose change cannot be told, each with the evidence for that."""
    told = [(item.id, item.payload) for item in inputs.evidence.all() if isinstance(item.payload, Change)]
    known = {finding.label: finding for finding in inputs.findings}
    left: dict[str, list[tuple[str, str]]] = {}
    for identity, change in told:
        finding = known.get(change.label)
        if finding is None or finding.change != change.course or change.course != "cannot_compare":
            continue
        if (finding.status, change.then) != ("present", "present") and change.label in WORDINGS:
            left.setdefault(change.reason, []).append((identity, WORDINGS[change.label].noun))
    for reason, items in left.items():
        nouns = listed([noun for _, noun in items], "and")
        yield f"Change not assessed: {nouns}; {reason}.", tuple(identity for identity, _ in items)


def named(prior: Prior) -> str:
    """Name a prior by its date: `the study of 2026-01-03`."""
    date = prior.study.study_date
    return f"the study of {day_words(date)}" if date and len(date) == 8 else "an earlier study of unknown date"


def since(earlier: Earlier | None) -> str:
    """Say from when on, by the date of the earlier study."""
    date = earlier.prior.study.study_date if earlier else None
    return f"since {day_words(date)}" if date and len(date) == 8 else "since the earlier study"


def on(earlier: Earlier | None) -> str:
    """Say when, by the date of the earlier study."""
    date = earlier.prior.study.study_date if earlier else None
    return f"on {day_words(date)}" if date and len(date) == 8 else "in the earlier study"


def _not_compared(inputs: DraftInputs) -> str:
    priors = comparable_priors(inputs.case)
    if priors:
        return f"Not compared by the models with {named(priors[0])}."
    if inputs.case.priors or inputs.case.priors_refused:
        return "None available: the prior supplied was not used."
    return "None available."
