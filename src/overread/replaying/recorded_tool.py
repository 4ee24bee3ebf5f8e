"""A tool that says again what it said when a case was recorded; its model is never asked."""

from collections.abc import Mapping, Sequence

from overread.errors import AnswerInvalid, OverreadError, ToolError, ToolOutputInvalid, ToolTimeout, Unavailable
from overread.ports import ToolCard, ToolInput
from overread.records import Answer, CaseFile, Evidence, FailureKind, Question, Refusal, Study, ToolFailure

_RAISED: Mapping[FailureKind, type[OverreadError]] = {
    "timeout": ToolTimeout,
    "unavailable": Unavailable,
    "invalid_output": ToolOutputInvalid,
    "error": ToolError,
}


class RecordedTool:
    """Stands in the place of a tool: with its card, with what it said of the study, and with the evidence it gave."""

    def __init__(self, card: ToolCard, refusal: Refusal | None, file: CaseFile) -> None:
        self.card = card
        self._refusal = refusal
        self._file = file

    def accepts(self, study: Study) -> Refusal | None:
        """Say what the tool said of the recorded study, the only one that it is ever handed."""
        return self._refusal

    def run(self, work: ToolInput) -> Sequence[Evidence]:
        """Give the evidence on record of this image and these questions, or fail as the tool failed.

        What the record does not hold is a failure that says so, never an empty answer: a tool that did not run then
        (`Unavailable`), another image (`ToolError`), a question that nobody asked (`AnswerInvalid`).
        """
        self._require_recorded(work)
        said = self._said(work)
        failure = self._failure(work.questions)
        asked = {question.text for question in self._file.questions_asked}
        unknown = [question for question in work.questions if question.text not in asked]
        if failure is None and not unknown:
            return said
        work.keep(said)
        if failure is not None:
            raise _RAISED[failure.kind](failure.message)
        raise AnswerInvalid(f"{len(unknown)} of its questions were not asked when the case was recorded")

    def _require_recorded(self, work: ToolInput) -> None:
        name, gate = self.card.name, self._file.gate
        if not any(run.tool == name for run in self._file.manifest.tool_runs):
            raise Unavailable(f"{name} did not run when the case was recorded")
        if gate is not None and gate.image_sop_instance_uid is not None:
            read = (gate.image_sop_instance_uid, gate.image_frame)
            if read != (work.image.sop_instance_uid, work.image.frame):
                raise ToolError(f"the record holds what {name} saw of another image of the study")

    def _said(self, work: ToolInput) -> tuple[Evidence, ...]:
        asked = {question.text for question in work.questions}
        mine = [item for item in self._file.evidence if item.tool == self.card.name]
        return tuple(item for item in mine if not isinstance(item.payload, Answer) or item.payload.question in asked)

    def _failure(self, questions: Sequence[Question]) -> ToolFailure | None:
        asked = {question.text for question in questions}
        for failure in self._file.failures:
            failed_at = {question.text for question in failure.questions}
            if failure.tool == self.card.name and (not failed_at or failed_at & asked):
                return failure
        return None
