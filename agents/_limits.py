"""What the draft does not say, and why: failed tools, labels nobody could assess, conflicts left to the reviewer."""

from collections.abc import Iterable, Sequence

from overread.agents._draft_inputs import DraftInputs
from overread.agents._feedback import statement
from overread.agents._phrases import WORDINGS, capital, listed
from overread.reasoning.vocabulary import term
from overread.records import Conflict, Statement, ToolFailure

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
}
"""What an open conflict about a sentence means for the draft, without repeating the sentence."""
PHANTOM = "Synthetic phantom, not a patient."


def limitations(inputs: DraftInputs, withdrawn: Sequence[str]) -> tuple[Statement, ...]:
    """Write the section; `withdrawn` are labels whose sentence did not hold."""
    backdrop = inputs.backdrop()
    sentences = [(text, backdrop) for text in (*_notes(inputs), *_failures(inputs))]
    sentences += [(text, backdrop) for text in _not_assessed(inputs, withdrawn)]
    sentences += _conflicts(inputs, backdrop)
    made = (statement("limitations", text, citations) for text, citations in dict(sentences).items())
    return tuple(item for item in made if item is not None)


def _notes(inputs: DraftInputs) -> Iterable[str]:
    notes = inputs.plan.notes
    if inputs.case.study.synthetic and PHANTOM not in notes:
        yield PHANTOM
    for note in notes:
        yield capital(note if note.endswith((".", "!", "?")) else f"{note}.")


def _failures(inputs: DraftInputs) -> Iterable[str]:
    for failure in inputs.failures:
        yield _failure(inputs, failure)
    for tool, reason in inputs.plan.skipped:
        yield f"The {tool} tool was not run: {reason.rstrip('.')}."


def _failure(inputs: DraftInputs, failure: ToolFailure) -> str:
    """Say what is missing: the tool, or of a tool that did speak its unanswered questions or the rest."""
    if not inputs.evidence.of_tool(failure.tool):
        return f"The {failure.tool} tool {FAILED[failure.kind]}; the draft was made without it."
    asked = [term(question.label).noun for question in failure.questions if question.label]
    if asked:
        about = listed(list(dict.fromkeys(asked)), "and")
        return f"Not answered by the {failure.tool} tool, which {FAILED[failure.kind]}: {about}."
    return f"The {failure.tool} tool {FAILED[failure.kind]} before it was done; what it gave until then was used."


def _not_assessed(inputs: DraftInputs, withdrawn: Sequence[str]) -> Iterable[str]:
    missing = [finding for finding in inputs.findings if finding.status == "not_assessed" and finding.label in WORDINGS]
    unheard = [finding.label for finding in missing if not finding.evidence_ids]
    unmeasured = [finding.label for finding in missing if finding.evidence_ids]
    for labels, why in (
        (unheard, "no tool spoke of it"),
        (unmeasured, "no tool of measured reliability spoke of it"),
        (list(withdrawn), "the sentence was withdrawn"),
    ):
        if labels:
            yield f"Not assessed: {listed([WORDINGS[label].noun for label in labels], 'and')}; {why}."


def _conflicts(inputs: DraftInputs, backdrop: tuple[str, ...]) -> list[tuple[str, tuple[str, ...]]]:
    waiting = [conflict for conflict in inputs.conflicts if conflict.resolution == "open"]
    about_sentence = [conflict for conflict in waiting if conflict.rule in LEFT_OUT]
    found = [(LEFT_OUT[c.rule], _citable(inputs, c) or backdrop) for c in about_sentence]
    rules = sorted({conflict.rule.replace("_", " ") for conflict in waiting if conflict.rule not in LEFT_OUT})
    if rules:
        found.append((f"Conflicts left open for the reviewer: {listed(rules, 'and')}.", backdrop))
    return found


def _citable(inputs: DraftInputs, conflict: Conflict) -> tuple[str, ...]:
    """Give what a conflict rests on, as far as it is of this study."""
    items = (inputs.evidence.get(identity) for identity in conflict.evidence_ids)
    study = inputs.case.study
    return tuple(
        item.id for item in items if item and study.image(item.locator.sop_instance_uid, item.locator.frame) is not None
    )
