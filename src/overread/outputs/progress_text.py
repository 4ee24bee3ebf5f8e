"""What a case is at, in words: no finding and no answer, for a draft is not to be read before it is whole."""

from overread.records import Step

NODES = {
    "intake": "taking the case in",
    "gate": "deciding whether the study may be read",
    "refuse": "refusing the study",
    "plan": "choosing the tools and what is asked",
    "run_tool": "looking at the image",
    "alert": "looking for critical results in all that was seen",
    "collect": "merging the evidence into findings",
    "check": "comparing what the tools say",
    "adjudicate": "settling what they disagree on",
    "draft": "writing the draft",
    "verify": "testing every sentence against its evidence",
    "review": "waiting for a person",
    "finalize": "making the final report",
    "deliver": "delivering the report",
    "rejected": "closing the case without a report",
}
"""The node's name is the word for one that is not here."""
VIEWS = {"PA": "the frontal image", "AP": "the frontal image", "LATERAL": "the lateral image"}
NAMED_AT_ONCE = 3


def step_words(step: Step) -> str:
    """Say what a step does, or what came of it: `segmentation: looking at the frontal image`."""
    if step.tool is None:
        return f"{step.node.replace('_', ' ')}: {NODES.get(step.node, step.node)}"
    return f"{step.tool}: {_looking(step) if step.ended is None else _done(step)}"


def _looking(step: Step) -> str:
    image = VIEWS.get(step.view or "", "the image")
    if not step.questions:
        return f"looking at {image}"
    asked = f"{step.questions} question{'s' if step.questions > 1 else ''}"
    about = ", ".join(label.lower() for label in step.about[:NAMED_AT_ONCE])
    more = " and more" if len(step.about) > NAMED_AT_ONCE else ""
    return f"answering {asked} about {image}" + (f": {about}{more}" if about else "")


def _done(step: Step) -> str:
    pieces = step.evidence or 0
    took = f"{step.seconds or 0:.1f} s"
    if step.failure is not None:
        kept = f", {pieces} pieces of evidence kept" if pieces else ""
        return f"failed ({step.failure.replace('_', ' ')}){kept}, {took}"
    return f"done, {pieces} piece{'s' if pieces != 1 else ''} of evidence, {took}"
