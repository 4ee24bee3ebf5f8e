"""Questions that readers asked, as the page shows them."""

from dataclasses import dataclass
from typing import Any

from overread.records import Answer, AskedQuestion, CaseFile, Region
from overread.records.asked import Standing
from overread.review.formatting import moment_words
from overread.review.language import gettext
from overread.review.pictures import number_of

WORTH: dict[Standing, str] = {
    "vote": "Measured on this kind of study.",
    "silent": "Not measured to be worth a vote on this kind of study.",
    "unsteady": "Does not hold: the model contradicts it when the same is asked otherwise.",
    "unbound": "Speaks of no finding that is checked; take it as words.",
}
COLOUR = "#fff36b"


@dataclass(frozen=True)
class AskedView:
    """One question and its answer."""

    id: str
    question: str
    answer: str
    """The answer, or why there is none."""
    answered: bool
    worth: str
    holds: bool
    who: str
    model: str
    beside: tuple[str, ...]
    """Evidence of the case about the same."""
    picture: int | None
    region: Region | None


def asked_view(asked: AskedQuestion, file: CaseFile) -> AskedView:
    """Lay one question out; without an answer it says why there is none."""
    found = asked.answer
    words = found.payload.answer if found is not None and isinstance(found.payload, Answer) else None
    place = None if found is None else found.locator
    return AskedView(
        id=asked.id,
        question=asked.question.text,
        answer=words or asked.failure or "the model gave none that can be read",
        answered=bool(words),
        worth=WORTH[asked.standing] if asked.standing else "",
        holds=asked.standing == "vote",
        who=f"{asked.author}, {moment_words(asked.at)}",
        model=f"{found.provenance.model} · {gettext('prompt')} {found.provenance.prompt}" if found is not None else "",
        beside=asked.beside,
        picture=None if place is None else number_of(file.case, place.sop_instance_uid, place.frame),
        region=None if place is None else place.region,
    )


def asked_model(view: AskedView) -> dict[str, Any] | None:
    """Give what the viewer draws of an answer; None where it names no place."""
    if view.region is None or view.picture is None:
        return None
    return {
        "id": view.id,
        "kind": "region",
        "name": gettext("answer"),
        "tool": "vqa",
        "picture": view.picture,
        "colour": COLOUR,
        "address": None,
        "region": view.region.model_dump(),
    }
