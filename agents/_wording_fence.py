"""Whether a language model's words say exactly what the composed sentence says; if not, what they do to it."""

import re
from collections.abc import Iterable

from overread.agents._wording_words import COUNTED, FREE, HEDGES, NAMES, PLACES, SIDES
from overread.labeler import assertions, comparison_words, sentences
from overread.records import Assertion, WordingFault
from overread.tools._no_answer import no_answer

Fault = tuple[WordingFault, str]
_WORD = re.compile(r"[a-z]+(?:'[a-z]+)?(?:-\d+)?")
_NUMBER = re.compile(r"(?:(?<![\w-])-)?\d+(?:[.,]\d+)*")
_PLAIN = re.compile(r"[A-Z][\w ,;:.'()%/-]*\.")


def fault_in(composed: str, text: str) -> Fault | None:
    """Name the first thing that is wrong with `text` in the place of `composed`; None when it says the same.

    Checked in this order: form, language, what the labeler reads (findings, status, side), sides, numbers, comparison,
    and every word, which must be of the composed sentence, name one of its findings, or add nothing.
    """
    return (
        _form(composed, text)
        or _asserted(composed, text)
        or _sides(composed, text)
        or _numbers(composed, text)
        or _compared(composed, text)
        or _words(composed, text)
    )


def _form(composed: str, text: str) -> Fault | None:
    if not text.strip():
        return "form", "is empty"
    wrong = no_answer(text)
    if wrong == "another language":
        return "language", "is of another language"
    if wrong:
        return "form", f"holds {wrong}"
    if len(text) > 2 * len(composed) + 60 or not _PLAIN.fullmatch(text):
        return "form", "is not one plain sentence"
    if len(list(sentences(text))) != len(list(sentences(composed))):
        return "form", "is not one sentence"
    return None


def _asserted(composed: str, text: str) -> Fault | None:
    meant, said = _by_label(assertions(composed)), _by_label(assertions(text))
    if added := sorted(said.keys() - meant.keys()):
        return "adds", f"adds {added[0]}"
    if lost := sorted(meant.keys() - said.keys()):
        return "drops", f"says nothing of {lost[0]}"
    for label, readings in meant.items():
        if {status for status, _ in readings} != {status for status, _ in said[label]}:
            return (
                "status",
                f"says {label} is {_listed(s for s, _ in said[label])}, not {_listed(s for s, _ in readings)}",
            )
        if readings != said[label]:
            return "wrong_side", f"puts {label} on another side"
    return None


def _sides(composed: str, text: str) -> Fault | None:
    """Compare the words too: of a label without sides the labeler reads none."""
    if {SIDES[word] for word in _tokens(composed) & SIDES.keys()} != {
        SIDES[word] for word in _tokens(text) & SIDES.keys()
    }:
        return "wrong_side", "names other sides"
    return None


def _numbers(composed: str, text: str) -> Fault | None:
    meant, said = set(_NUMBER.findall(composed)), set(_NUMBER.findall(text))
    counted = (_tokens(text) - _tokens(composed)) & COUNTED
    if added := sorted(said - meant) or sorted(counted):
        return "number", f"gives the number {added[0]}"
    if lost := sorted(meant - said):
        return "number", f"leaves out the number {lost[0]}"
    return None


def _compared(composed: str, text: str) -> Fault | None:
    known = {word.lower() for word in comparison_words(composed)}
    added = [word for word in comparison_words(text) if word.lower() not in known]
    return ("comparison", f"compares ('{added[0].lower()}')") if added else None


def _words(composed: str, text: str) -> Fault | None:
    """Refuse a word that may say more, and miss one that said something, such as who disagrees or which zone."""
    own, given = _tokens(composed), _tokens(text)
    names = frozenset[str]().union(*(NAMES.get(each.label, frozenset()) for each in assertions(composed)))
    free = FREE | PLACES | SIDES.keys() | names
    if added := sorted(given - own - free):
        return "word", f"adds the word '{added[0]}'"
    if lost := sorted(own - given - free):
        return "drops", f"leaves out the word '{lost[0]}'"
    if bool(own & HEDGES) != bool(given & HEDGES):
        return "status", "changes how sure it is"
    return None


def _by_label(said: Iterable[Assertion]) -> dict[str, set[tuple[str, str | None]]]:
    found: dict[str, set[tuple[str, str | None]]] = {}
    for each in said:
        found.setdefault(each.label, set()).add((each.status, each.laterality))
    return found


def _tokens(text: str) -> set[str]:
    return set(_WORD.findall(text.lower()))


def _listed(statuses: Iterable[str]) -> str:
    return " and ".join(sorted(set(statuses)))
