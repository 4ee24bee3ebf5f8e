"""Let a language model word the sentences that code composed; whatever does not say the same falls back to them.

The composed draft is whole before any model is asked. A wording stands only if it speaks of the same findings in the
same section, cites of what the composed sentence cites, passes the fence (`_wording_fence`), and the verifier has
nothing against it. The statement keeps every citation of the composed one, so that no model can leave a dissent out.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from overread import prompting
from overread.agents._feedback import statement
from overread.agents._wording_answer import Candidate, no_answer, read_answer
from overread.agents._wording_request import Lines, lines_of
from overread.errors import OverreadError
from overread.ports import BackendCard, ChatAnswer, ChatRequest
from overread.records import (
    DraftReport,
    Objection,
    RefusedWording,
    Review,
    Section,
    Statement,
    StatementReview,
    WordedStatement,
    Wording,
)

Verify = Callable[[DraftReport], Sequence[Objection]]


@dataclass(frozen=True)
class Task:
    """What there is to word in a draft, and what an earlier round settled already."""

    draft: DraftReport
    lines: tuple[Lines, ...]
    before: Wording | None
    stands: tuple[tuple[str, Statement], ...] = ()
    """Id of a composed statement, and the statement that was worded for it before."""

    @property
    def is_empty(self) -> bool:
        """Say whether no sentence is asked about, and none was before."""
        return not self.lines and self.before is None

    @property
    def requests(self) -> tuple[ChatRequest, ...]:
        """Give one question for each group of sentences."""
        return tuple(lines.request() for lines in self.lines)


def task_of(draft: DraftReport, previous: DraftReport | None, feedback: Iterable[object], at_once: int | None) -> Task:
    """Choose what is asked: nothing that was asked before, and nothing that is in a person's own words."""
    before = previous.wording if previous else None
    stood = {item.id: item for item in previous.statements} if previous else {}
    worded = {item.composed_id: item.statement_id for item in before.worded} if before else {}
    here = {item.id for section in draft.sections.values() for item in section}
    stands = tuple((one, stood[other]) for one, other in worded.items() if one in here and other in stood)
    settled = (
        {*(worded.keys()), *(item.composed_id for item in before.refused if item.composed_id)} if before else set()
    )
    words = {each.text for item in feedback if isinstance(item, Review) for each in item.statements if each.text}
    own = {item.id for section in draft.sections.values() for item in section if item.text in words}
    return Task(draft, lines_of(draft, settled | own, at_once), before, stands)


def worded(
    task: Task, card: BackendCard | None, model: str, said: Sequence[ChatAnswer | OverreadError], verify: Verify
) -> DraftReport:
    """Put the wordings that stand into the draft, and keep what was refused and why.

    `said` answers `task.requests` in their order; `card` is None where the model could not be had.
    """
    candidates, refused = _read(task, said)
    by_composed = {item.composed.id: _as_statement(item) for item in candidates}
    objections = _objected(task.draft, by_composed, verify)
    for item in candidates:
        if item.composed.id in objections:
            del by_composed[item.composed.id]
            refused.append(_unverified(item, objections[item.composed.id]))
    final = {**dict(task.stands), **by_composed}
    record = _record(task, card, model, final, refused, _note(said))
    return task.draft.model_copy(
        update={
            "sections": _replaced(task.draft, final),
            "drafter": f"{task.draft.drafter}+{record.model}",
            "wording": record,
        }
    )


def in_composed_terms(feedback: Iterable[object], previous: DraftReport | None) -> tuple[object, ...]:
    """Tell the composer what was said of worded statements as if it were said of the composed ones."""
    wording = previous.wording if previous else None
    names = {item.statement_id: item.composed_id for item in wording.worded} if wording else {}
    return tuple(_in_terms(item, names) for item in feedback)


def _in_terms(item: object, names: dict[str, str]) -> object:
    if isinstance(item, Objection):
        return item.model_copy(update={"statement_id": names.get(item.statement_id, item.statement_id)})
    if isinstance(item, Review):
        return item.model_copy(update={"statements": tuple(_renamed(each, names) for each in item.statements)})
    return item


def _renamed(item: StatementReview, names: dict[str, str]) -> StatementReview:
    return item.model_copy(update={"statement_id": names.get(item.statement_id, item.statement_id)})


def _read(task: Task, said: Sequence[ChatAnswer | OverreadError]) -> tuple[list[Candidate], list[RefusedWording]]:
    candidates: list[Candidate] = []
    refused: list[RefusedWording] = []
    for lines, answer in zip(task.lines, said, strict=True):
        found = (
            no_answer(lines, "the model gave no answer that can be read")
            if isinstance(answer, OverreadError)
            else read_answer(lines, answer.data)
        )
        for item in found:
            if isinstance(item, Candidate):
                candidates.append(item)
            else:
                refused.append(item)
    return candidates, refused


def _as_statement(item: Candidate) -> Statement:
    made = statement(item.section, item.text, item.composed.citations, item.composed.finding_ids)
    return item.composed if made is None or item.text == item.composed.text else _decided_as(item.composed, made)


def _decided_as(composed: Statement, made: Statement) -> Statement:
    return made.model_copy(update={"needs_decision": composed.needs_decision})


def _objected(draft: DraftReport, by_composed: dict[str, Statement], verify: Verify) -> dict[str, str]:
    """Ask the verifier about the new words, and give what it has against each, by the composed statement."""
    tried = draft.model_copy(update={"sections": _replaced(draft, by_composed)})
    against = {objection.statement_id: objection.message for objection in verify(tried)} if by_composed else {}
    return {one: against[made.id] for one, made in by_composed.items() if made.id in against and made.id != one}


def _unverified(item: Candidate, message: str) -> RefusedWording:
    return RefusedWording(
        section=item.section, composed_id=item.composed.id, kind="unverified", message=message, text=item.text
    )


def _replaced(draft: DraftReport, final: dict[str, Statement]) -> dict[Section, tuple[Statement, ...]]:
    return {
        section: tuple(final.get(item.id, item) for item in statements)
        for section, statements in draft.sections.items()
    }


def _record(
    task: Task,
    card: BackendCard | None,
    model: str,
    final: dict[str, Statement],
    refused: Sequence[RefusedWording],
    note: str | None,
) -> Wording:
    texts = {item.id: item.text for section in task.draft.sections.values() for item in section}
    before = [item for item in task.before.refused if item.composed_id in texts] if task.before else []
    kept = [*before, *refused]
    asked = {*final, *(item.composed_id for item in kept if item.composed_id)}
    known = task.before
    return Wording(
        model=card.model if card else known.model if known else model,
        weights_digest=card.weights_digest if card else known.weights_digest if known else "",
        prompt=prompting.load("drafter").reference,
        asked=len(asked),
        worded=tuple(
            WordedStatement(statement_id=made.id, composed_id=one, composed=texts[one]) for one, made in final.items()
        ),
        refused=tuple(kept),
        note=note or (known.note if known else None),
    )


def _note(said: Sequence[ChatAnswer | OverreadError]) -> str | None:
    """Say once why there is no answer: the first reason, and how often there was one."""
    wrong = [str(answer) for answer in said if isinstance(answer, OverreadError)]
    if not wrong:
        return None
    return wrong[0] if len(said) == 1 else f"{wrong[0]} ({len(wrong)} of {len(said)} questions)"
