"""What a language model is asked to word: composed sentences under short names, in a schema that holds no other name.

Only composed sentences go into a prompt, and of them only those of the findings and the impression: nothing that a
person wrote, in an order, a header or an earlier report, can reach the model.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from overread import prompting
from overread.ports import ChatRequest
from overread.records import DraftReport, Section, Statement

WORDED: tuple[Section, ...] = ("findings", "impression")
TOKENS_A_SENTENCE = 110
"""Room for the ids and the words of one sentence."""
SENTENCE = r"""^[A-Z]([^."\\\n]|\.[0-9])*\.$"""
"""One sentence, which ends at its first full stop: a small model would go on until it is cut off."""


@dataclass(frozen=True)
class Lines:
    """Composed sentences that are asked about together, with the names that they go by in the question."""

    sentences: tuple[tuple[Section, Statement], ...]

    @property
    def findings(self) -> Mapping[str, str]:
        """Map `F1`, `F2`, … to finding ids."""
        return _named("F", (identity for _, item in self.sentences for identity in item.finding_ids))

    @property
    def evidence(self) -> Mapping[str, str]:
        """Map `E1`, `E2`, … to evidence ids."""
        return _named("E", (identity for _, item in self.sentences for identity in item.citations))

    def request(self) -> ChatRequest:
        """Ask for these sentences."""
        names = {identity: name for name, identity in (*self.findings.items(), *self.evidence.items())}
        told = [
            {
                "section": section,
                "findings": [names[identity] for identity in item.finding_ids],
                "evidence": [names[identity] for identity in item.citations],
                "text": item.text,
            }
            for section, item in self.sentences
        ]
        prompt = prompting.load("drafter").render(sentences=told)
        return ChatRequest(prompt, schema=self._schema(), max_tokens=40 + TOKENS_A_SENTENCE * len(self.sentences))

    def _schema(self) -> dict[str, Any]:
        sections = [section for section in WORDED if any(section == each for each, _ in self.sentences)]
        return _closed({section: self._list(section) for section in sections})

    def _list(self, section: Section) -> dict[str, Any]:
        alone = len(self.sentences) == 1
        sentence = _closed(
            {
                "findings": _some(self.findings, all_of_them=alone),
                "evidence": _some(self.evidence, all_of_them=False),
                "text": {"type": "string", "pattern": SENTENCE},
            }
        )
        count = sum(section == each for each, _ in self.sentences)
        return {"type": "array", "items": sentence, "minItems": 1, "maxItems": count}


def lines_of(draft: DraftReport, skip: Iterable[str], at_once: int | None) -> tuple[Lines, ...]:
    """Give the sentences to ask about, at most `at_once` together (None: all); statements of `skip` are left alone.

    A sentence that names no finding, such as a bare measurement, stays as it was composed.
    """
    left = frozenset(skip)
    wanted = [
        (section, item)
        for section in _in_order(draft)
        for item in draft.sections.get(section, ())
        if item.finding_ids and item.id not in left
    ]
    if not wanted:
        return ()
    return tuple(Lines(tuple(part)) for part in _parts(wanted, at_once or len(wanted)))


def _parts(wanted: Sequence[tuple[Section, Statement]], size: int) -> Iterator[Sequence[tuple[Section, Statement]]]:
    return (wanted[start : start + size] for start in range(0, len(wanted), size))


def _in_order(draft: DraftReport) -> Iterator[Section]:
    order = [section for section, _ in draft.headings] or list(WORDED)
    return (section for section in order if section in WORDED)


def _named(letter: str, identities: Iterable[str]) -> dict[str, str]:
    return {f"{letter}{number}": identity for number, identity in enumerate(dict.fromkeys(identities), start=1)}


def _closed(properties: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": dict(properties),
        "required": list(properties),
        "additionalProperties": False,
    }


def _some(names: Mapping[str, str], *, all_of_them: bool) -> dict[str, Any]:
    least = len(names) if all_of_them else 1
    return {"type": "array", "items": {"enum": list(names)}, "minItems": least, "maxItems": len(names)}
