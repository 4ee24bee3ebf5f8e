"""What the draft does not say, and why: failed tools, labels nobody may assess, conflicts left to the reviewer."""

from collections.abc import Iterable, Iterator, Sequence

from overread.agents._comparison import not_compared
from overread.agents._draft_inputs import DraftInputs
from overread.agents._feedback import statement
from overread.agents._phrases import WORDINGS, capital, listed
from overread.agents.planner import MISSING, NO_PRIOR
from overread.imaging.gate import MAGNIFIED, PAEDIATRIC_YEARS, VIEW_UNKNOWN
from overread.reasoning.positioning import limits as positioning_limits
from overread.reasoning.vocabulary import term
from overread.records import (
    Evidence,
    GateVerdict,
    Lettering,
    Outlook,
    RuleVerdict,
    RunOutcome,
    Statement,
    ToolFailure,
    Unassessed,
)

FAILED = {
    "timeout": "passed its deadline",
    "error": "failed",
    "invalid_output": "gave a result that could not be used",
    "unavailable": "could not reach its model",
    "not_applicable": "does not apply to this image",
}
LEFT_OUT = {
    "prior_comparison": "A sentence of the report model was left out: it speaks of a study that is not at hand.",
    "view_never_acquired": "A sentence of the report model was left out: it describes a projection that was not taken.",
    "measurement_without_source": "A number of the report model was left out: no tool measured it.",
    "foreign_evidence": "Results of a tool were discarded: they are of an image that is not in this case.",
    "hallucinated_measurement": "A number of the report model was left out: what was measured is another value.",
    "demographic_mismatch": "The order or a sentence speaks of a patient of another age or sex than the header: "
    "confirm whose study this is.",
    "orientation": "The heart lies to the right by the sides of the picture: confirm the orientation before any side "
    "is relied on.",
    "side_marker": "A side marker does not fit the sides of the picture, or the place of the heart: confirm the "
    "orientation before any side is relied on.",
    "out_of_distribution": "The picture is unlike the films that the models were measured on.",
}
"""What an open conflict about a sentence, a person or a picture means for the draft, without repeating the sentence."""
BURNED_IN = "Text is burned into the picture: it may name the patient. What it says is not kept."
SAID_ELSEWHERE = ("identity", "unanswered_question")
"""Told already: by a note of the gate, and among what was not assessed."""
Limit = tuple[str, tuple[str, ...]]
"""A sentence and the evidence that it rests on."""


def limitations(inputs: DraftInputs, withdrawn: Sequence[str]) -> tuple[Statement, ...]:
    """Write the section, one sentence a limit; `withdrawn` are labels whose sentence did not hold."""
    limits = (*_notes(inputs), *_failures(inputs), *_not_run(inputs), *_not_assessed(inputs), *not_compared(inputs))
    limits = (*limits, *_positioned(inputs), *_burned_in(inputs), *_conflicts(inputs))
    made = [statement("limitations", text, citations) for text, citations in dict(limits).items()]
    made += _withdrawn(inputs, withdrawn)
    return tuple(item for item in made if item is not None)


def outlooks(inputs: DraftInputs) -> tuple[Statement, ...]:
    """Say the chance of each outcome, with its interval and whom it was measured on; each waits for a decision."""
    made = [
        statement("limitations", _outlook(item.payload), (item.id,))
        for item in inputs.evidence.all()
        if isinstance(item.payload, Outlook)
    ]
    return tuple(item for item in made if item is not None)


def _outlook(seen: Outlook) -> str:
    within = f" within {seen.horizon}" if seen.horizon else ""
    return (
        f"For the reviewer, no finding: the chance of '{seen.outcome}'{within} is put at {seen.probability:.2f} "
        f"({seen.low:.2f} to {seen.high:.2f}), by a model of {seen.patients} patients of this site."
    )


def unassessed(inputs: DraftInputs, labels: Iterable[str]) -> tuple[str, ...]:
    """Give the evidence that labels were not assessed."""
    wanted = frozenset(labels)
    return inputs.facts(Unassessed, lambda fact: fact.label in wanted)


def _notes(inputs: DraftInputs) -> Iterator[Limit]:
    for identity in inputs.facts(GateVerdict, lambda fact: fact.about == "study"):
        verdict = inputs.evidence.get(identity)
        if verdict and isinstance(verdict.payload, GateVerdict):
            note = _as_seen(inputs, verdict.payload.text)
            if note:
                seen = inputs.projection.source
                cited = (identity, seen.id) if seen and note != verdict.payload.text else (identity,)
                yield capital(note if note.endswith((".", "!", "?")) else f"{note}."), cited


def _as_seen(inputs: DraftInputs, note: str) -> str | None:
    """Give a note of the gate, which had the header alone: what a view head saw since then takes the place of doubt."""
    if note != VIEW_UNKNOWN or inputs.projection.view is None:
        return note
    return MAGNIFIED if inputs.projection.view == "AP" else None


def _positioned(inputs: DraftInputs) -> Iterator[Limit]:
    """Say how the patient lay in the picture that was read, where that limits what can be seen."""
    age = inputs.case.study.age_years
    for sentence, identity in positioning_limits(_here(inputs), child=age is not None and age < PAEDIATRIC_YEARS):
        yield sentence, (identity,)


def _here(inputs: DraftInputs) -> Iterator[Evidence]:
    read = (inputs.plan.image_sop_instance_uid, inputs.plan.image_frame)
    yield from (item for item in inputs.evidence.all() if (item.locator.sop_instance_uid, item.locator.frame) == read)


def _burned_in(inputs: DraftInputs) -> Iterator[Limit]:
    """Say that something is written in the picture that was read, beside letters of sides; never what."""
    written = [
        item.id for item in _here(inputs) if isinstance(item.payload, Lettering) and item.payload.what != "side_marker"
    ]
    if written:
        yield BURNED_IN, tuple(written)


def _failures(inputs: DraftInputs) -> Iterator[Limit]:
    for failure in inputs.failures:
        yield _failure(inputs, failure), _runs(inputs, failure.tool, failure.kind)


def _runs(inputs: DraftInputs, tool: str, outcome: str) -> tuple[str, ...]:
    return inputs.facts(RunOutcome, lambda fact: (fact.of_tool, fact.outcome) == (tool, outcome))


def _failure(inputs: DraftInputs, failure: ToolFailure) -> str:
    """Say what is missing: the tool, or of a tool that did speak its unanswered questions or the rest."""
    if failure.tool == "prognosis":
        return "The prognosis tool gave no chance of an outcome, or not of all; its reason is kept with the case."
    if not inputs.evidence.of_tool(failure.tool):
        return f"The {failure.tool} tool {FAILED[failure.kind]}; the draft was made without it."
    asked = [term(question.label).noun for question in failure.questions if question.label]
    if asked:
        about = listed(list(dict.fromkeys(asked)), "and")
        return f"Not answered by the {failure.tool} tool, which {FAILED[failure.kind]}: {about}."
    return f"The {failure.tool} tool {FAILED[failure.kind]} before it was done; what it gave until then was used."


def _not_run(inputs: DraftInputs) -> Iterator[Limit]:
    """Name tools that were left out; what a profile lacks is among the planner's notes already."""
    for tool, reason in inputs.plan.skipped:
        if reason not in (MISSING, NO_PRIOR):
            yield f"The {tool} tool was not run: {reason.rstrip('.')}.", _runs(inputs, tool, "skipped")


def _not_assessed(inputs: DraftInputs) -> Iterator[Limit]:
    """Name in one sentence all that no measured tool may speak of."""
    labels = [f.label for f in inputs.findings if f.status == "not_assessed" and f.label in WORDINGS]
    if labels:
        yield gap(labels), unassessed(inputs, labels)


def gap(labels: Sequence[str]) -> str:
    """Say that labels, at least one, were not assessed."""
    return f"Not assessed: {listed([WORDINGS[label].noun for label in labels], 'and')}."


def _withdrawn(inputs: DraftInputs, withdrawn: Sequence[str]) -> list[Statement | None]:
    """Name what was found and has no sentence that holds; it cites what was found."""
    if not withdrawn:
        return []
    found = [finding for finding in inputs.findings if finding.label in withdrawn]
    cited = [identity for finding in found for identity in finding.evidence_ids]
    nouns = listed([WORDINGS[label].noun for label in withdrawn], "and")
    return [statement("limitations", f"Not assessed: {nouns}; the sentence was withdrawn.", cited)]


def _conflicts(inputs: DraftInputs) -> Iterator[Limit]:
    waiting = [
        conflict
        for conflict in inputs.conflicts
        if conflict.resolution == "open" and conflict.severity != "note" and conflict.rule not in SAID_ELSEWHERE
    ]
    for conflict in waiting:
        if conflict.rule in LEFT_OUT:
            yield LEFT_OUT[conflict.rule], _verdicts(inputs, {conflict.rule})
    rules = {conflict.rule for conflict in waiting if conflict.rule not in LEFT_OUT}
    if rules:
        yield left_open(rules), _verdicts(inputs, rules)


def left_open(rules: Iterable[str]) -> str:
    """Say of which rules, at least one, conflicts are open."""
    named = listed(sorted(rule.replace("_", " ") for rule in rules), "and")
    return f"Conflicts left open for the reviewer: {named}."


def _verdicts(inputs: DraftInputs, rules: Iterable[str]) -> tuple[str, ...]:
    wanted = frozenset(rules)
    return inputs.facts(RuleVerdict, lambda fact: fact.rule in wanted)
