"""What the gate decided and what the planner chose."""

from overread.records._record import Record
from overread.records.findings import Question, Refusal
from overread.records.protocol_used import CHEST_RADIOGRAPH, ProtocolUsed


class GateResult(Record):
    """Whether the case may be read; `notes` are limits that the draft must name."""

    passed: bool
    refusal: Refusal | None = None
    notes: tuple[str, ...] = ()
    evidence_ids: tuple[str, ...] = ()
    image_sop_instance_uid: str | None = None
    """The image that was looked at last and is read where the case passed; None where the header was enough."""
    image_frame: int = 1
    protocol: ProtocolUsed | None = None
    """What the study is read as; None where no protocol takes it, and in a case from before there were several."""


class Plan(Record):
    """Which tools read which image, and what the VQA tool is asked."""

    image_sop_instance_uid: str
    image_frame: int = 1
    tools: tuple[str, ...]
    skipped: tuple[tuple[str, str], ...] = ()
    """Tool and why it is not run."""
    questions: tuple[Question, ...] = ()
    notes: tuple[str, ...] = ()
    planner: str = "rules"
    """Who chose the order, what is left out and what is asked: the rules, or a language model inside their set."""
    reasons: tuple[str, ...] = ()
    """What a language model changed and why, or why its choice was refused; empty where none was asked."""
    prompt: str | None = None
    """What a language model was asked with, such as `planner@v1#1f3c9a`."""
    protocol: str = CHEST_RADIOGRAPH
    """Name of what the study is read as."""
