"""The list of the page, when there are more cases than it shows at once."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from overread.records import Alert
from overread.review.access import Reader, Seals
from overread.review.actions.show_list import show_list
from overread.review.desk import Caller, Desk
from overread.review.session import Session
from overread.review.worklist_page import SHOWN_AT_ONCE
from tests.graphs.rooms import put_case, scripted_room


@dataclass
class Everyone:
    """Lets everybody read every case."""

    def may(self, reader: Reader, right: str, case_id: str | None = None) -> bool:
        return True

    def among(self, reader: Reader, right: str, case_ids: Iterable[str]) -> frozenset[str]:
        return frozenset(case_ids)


def test_a_critical_result_is_never_behind_the_cut(tmp_path: Path) -> None:
    with scripted_room(tmp_path) as room:
        for number in range(1, SHOWN_AT_ONCE + 2):
            put_case(room, number)
        newest = room.worklist()[-1].case_id
        room.store.raise_alert(
            newest,
            Alert(id="a", label="Pneumothorax", category=1, message="m", evidence_ids=(), raised_at=datetime.now(UTC)),
        )
        desk = Desk(room, Everyone(), Seals())  # type: ignore[arg-type]
        _, shown = show_list(desk, Session(), Caller(Reader("Dr A", "radiologist"), "s"), {})
    assert f"The {SHOWN_AT_ONCE} most urgent of {SHOWN_AT_ONCE + 1} cases" in shown["html"]
    assert newest in shown["html"]
