"""Bind each sentence of an answer to the composed sentence that it words, or say why it words none."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from overread.agents._wording_fence import fault_in
from overread.agents._wording_request import Lines
from overread.records import RefusedWording, Section, Statement, WordingFault

SHOWN = 160
"""Characters kept of what was refused."""


class WordedSentence(BaseModel):
    """One sentence as the model gives it."""

    model_config = ConfigDict(extra="forbid")

    findings: list[str]
    evidence: list[str]
    text: str


class Candidate(NamedTuple):
    """A wording that says the same as a composed sentence; the verifier has not seen it yet."""

    section: Section
    composed: Statement
    text: str


_ANSWER: TypeAdapter[dict[Section, list[WordedSentence]]] = TypeAdapter(dict[Section, list[WordedSentence]])


def read_answer(lines: Lines, data: Any) -> Iterator[Candidate | RefusedWording]:
    """Give for each sentence of the answer a candidate or a refusal, then a refusal for each sentence that is missing.

    Ids are compared again, whatever the schema allowed: a backend need not hold its model to it.
    """
    try:
        given = _ANSWER.validate_python(data)
    except ValidationError:
        yield from _all(lines, "wrong_schema", "the answer is outside the schema")
        return
    answered: set[str] = set()
    for section, sentences in given.items():
        for said in sentences:
            bound = _bound(lines, section, said)
            if isinstance(bound, Statement) and bound.id in answered:
                bound = _refused(section, bound, "duplicate", "words a sentence that was worded already", said.text)
            if isinstance(bound, RefusedWording):
                yield bound
                continue
            answered.add(bound.id)
            fault = fault_in(bound.text, said.text)
            yield _refused(section, bound, *fault, said.text) if fault else Candidate(section, bound, said.text)
    for section, item in lines.sentences:
        if item.id not in answered:
            yield _refused(section, item, "dropped", "no sentence of the answer words it")


def no_answer(lines: Lines, why: str) -> Iterator[RefusedWording]:
    """Refuse every sentence of a question that was not answered."""
    yield from _all(lines, "no_answer", why)


def _all(lines: Lines, kind: WordingFault, message: str) -> Iterator[RefusedWording]:
    return (_refused(section, item, kind, message) for section, item in lines.sentences)


def _bound(lines: Lines, section: Section, said: WordedSentence) -> Statement | RefusedWording:
    """Find the composed sentence that speaks of exactly these findings in this section."""
    about = _ids(lines.findings, said.findings)
    if about is None or not about:
        return _refused(section, None, "foreign_findings", "names a finding that it was not given", said.text)
    same = [(where, item) for where, item in lines.sentences if set(item.finding_ids) == about]
    here = next((item for where, item in same if where == section), None)
    if here is None and same:
        where, item = same[0]
        return _refused(section, item, "wrong_section", f"moves a sentence of the {where}", said.text)
    if here is None:
        return _refused(section, None, "foreign_findings", "puts findings together that no sentence does", said.text)
    cited = _ids(lines.evidence, said.evidence)
    if not cited or not cited <= set(here.citations):
        return _refused(section, here, "foreign_evidence", "cites what the composed sentence does not", said.text)
    return here


def _ids(names: Mapping[str, str], given: list[str]) -> set[str] | None:
    return {names[name] for name in given} if set(given) <= names.keys() else None


def _refused(
    section: Section, composed: Statement | None, kind: WordingFault, message: str, text: str = ""
) -> RefusedWording:
    return RefusedWording(
        section=section,
        composed_id=composed.id if composed else None,
        kind=kind,
        message=message,
        text=" ".join(text.split())[:SHOWN],
    )
