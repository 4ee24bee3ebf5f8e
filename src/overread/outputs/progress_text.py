"""What a case is at, in words: no finding and no answer, for a draft is not to be read before it is whole."""

from overread.records import Step
from overread.speech import ENGLISH, Speech

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


def step_words(step: Step, say: Speech = ENGLISH) -> str:
    """Say what a step does, or what came of it: `segmentation: looking at the frontal image`."""
    if step.tool is None:
        return f"{step.node.replace('_', ' ')}: {say.gettext(NODES.get(step.node, step.node))}"
    return f"{step.tool}: {_looking(step, say) if step.ended is None else _done(step, say)}"


def _looking(step: Step, say: Speech) -> str:
    image = say.gettext(VIEWS.get(step.view or "", "the image"))
    if not step.questions:
        return say.gettext("looking at {image}").format(image=image)
    asked = say.ngettext(
        "answering {count} question about {image}", "answering {count} questions about {image}", step.questions
    ).format(count=step.questions, image=image)
    about = ", ".join(say.gettext(label) for label in step.about[:NAMED_AT_ONCE])
    about = about.lower() if say is ENGLISH else about
    more = say.gettext(" and more") if len(step.about) > NAMED_AT_ONCE else ""
    return asked + (f": {about}{more}" if about else "")


def _done(step: Step, say: Speech) -> str:
    pieces = step.evidence or 0
    if step.recalled:
        words = say.ngettext(
            "{count} piece of evidence of the read before", "{count} pieces of evidence of the read before", pieces
        )
        return words.format(count=pieces)
    took = f"{say.number(step.seconds or 0, 1)} s"
    if step.failure is None:
        words = say.ngettext(
            "done, {count} piece of evidence, {took}", "done, {count} pieces of evidence, {took}", pieces
        )
        return words.format(count=pieces, took=took)
    kept = say.gettext(", {count} pieces of evidence kept").format(count=pieces) if pieces else ""
    failure = say.gettext(step.failure.replace("_", " "))
    return say.gettext("failed ({failure}){kept}, {took}").format(failure=failure, kept=kept, took=took)
