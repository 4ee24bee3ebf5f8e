"""Whether a model's answer to a question holds when the same is asked otherwise; one that does not has no voice.

A model that says yes to whatever it is asked agrees with every claim, and one that says no denies every one. Its other
answers (`questions.probes_of`) show it: they are of the same tool and the same image, and are found by their wording.
"""

import re
from collections.abc import Iterable, Mapping, Sequence

from overread.reasoning.questions import Negation, ProbeKind, probes_of
from overread.reasoning.vocabulary import TERMS
from overread.records import Answer, Evidence, Laterality, Question

_PLAIN = re.compile(r"\s*(yes|no)\b", re.IGNORECASE)
_NEGATIONS: tuple[Negation, ...] = ("normal", "literal")
_SIDES: tuple[Laterality, ...] = ("left", "right")
Said = Mapping[ProbeKind, bool]
"""Probes that were answered by yes (True) or no."""


def inconsistent(items: Sequence[Evidence]) -> frozenset[str]:
    """Name the evidence of answers that contradict other answers of the same tool about the same image.

    What was not asked, or not answered by yes or no, contradicts nothing.
    """
    answers = [(item, item.payload) for item in items if isinstance(item.payload, Answer)]
    said = {
        (*_source(item), answer.question): plain for item, answer in answers if (plain := _plain(answer)) is not None
    }
    return frozenset(
        item.id
        for item, answer in answers
        if answer.status in ("present", "absent") and _contradicts(answer, _probed(item, answer, said))
    )


def _source(item: Evidence) -> tuple[str, str, int]:
    return item.tool, item.locator.sop_instance_uid, item.locator.frame


def _plain(answer: Answer) -> bool | None:
    match = _PLAIN.match(answer.answer)
    return match[1].lower() == "yes" if match else None


def _probed(item: Evidence, answer: Answer, said: Mapping[tuple[str, str, int, str], bool]) -> Said:
    found: dict[ProbeKind, bool] = {}
    for probe in _probes(answer):
        plain = said.get((*_source(item), probe[1]))
        if plain is not None:
            found[probe[0]] = plain
    return found


def _probes(answer: Answer) -> Iterable[tuple[ProbeKind, str]]:
    """List the probes of the question that was asked; its side is that of its wording, not of the answer.

    Of a label outside the vocabulary nothing is asked in another way, so that there are none.
    """
    if answer.label not in TERMS:
        return
    side = next((side for side in _SIDES if f" {side} " in answer.question), None)
    bound = Question(text=answer.question, label=answer.label, laterality=side)
    for negation in _NEGATIONS:
        yield from ((probe.kind, probe.question.text) for probe in probes_of(bound, negation))


def _contradicts(answer: Answer, said: Said) -> bool:
    """Say whether yes to the question goes with what else was said, or no."""
    yes = answer.status == "present"
    if said.get("control") is False or said.get("paraphrase", yes) != yes or said.get("negated", not yes) == yes:
        return True
    if yes and said.get("normal"):
        return True
    if "opposite" in said:
        # Yes to both sides tells no side; no to both denies what is said to be there.
        whole = said.get("whole", yes)
        return (yes and said["opposite"]) or (yes and not whole) or (not yes and not said["opposite"] and whole)
    sides = [said[side] for side in ("left", "right") if side in said]
    return (not yes and any(sides)) or (yes and len(sides) == 2 and not any(sides))
