"""What is being done to a case right now: no finding, no answer, no name, so that it may be shown while it goes on."""

from datetime import datetime

from overread.records._record import Record
from overread.records.findings import FailureKind, Question
from overread.records.study import View


class Step(Record):
    """One step of a case: a node of its graph, or a run of a tool inside of a node."""

    key: str
    """The same for the beginning of a step and for its end, another one for each step of a run."""
    node: str
    tool: str | None = None
    """None for the node itself."""
    view: View | None = None
    """Of the image that a tool looks at; None where the header does not state it, and for a node."""
    questions: int = 0
    """How many questions a tool is to answer."""
    about: tuple[str, ...] = ()
    """The labels that they are about, each once."""
    started: datetime
    ended: datetime | None = None
    """None while it goes on."""
    evidence: int | None = None
    """Pieces of evidence that a tool gave; None while it looks, and for a node."""
    failure: FailureKind | None = None
    recalled: bool = False
    """Whether what the tool gave is what it saw in the read before, so that it did not look again."""

    @property
    def seconds(self) -> float | None:
        """Give how long it took; None while it goes on."""
        return None if self.ended is None else (self.ended - self.started).total_seconds()


class Progress(Record):
    """The steps of one run of a case so far, in the order in which they began."""

    case_id: str
    steps: tuple[Step, ...] = ()

    @property
    def under_way(self) -> tuple[Step, ...]:
        """Give the steps that have not ended."""
        return tuple(step for step in self.steps if step.ended is None)

    def after(self, step: Step) -> "Progress":
        """Give the progress with a step begun, or with its beginning replaced by its end."""
        steps = {known.key: known for known in self.steps} | {step.key: step}
        return self.model_copy(update={"steps": tuple(steps.values())})


def labels_of(questions: tuple[Question, ...]) -> tuple[str, ...]:
    """Give the labels that questions are about, each once."""
    return tuple(dict.fromkeys(question.label for question in questions if question.label))
