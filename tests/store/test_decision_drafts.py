"""Decisions are kept as they are made, for each reader and case."""

from datetime import UTC, datetime
from pathlib import Path

from overread.store.decision_drafts import DecisionDrafts
from tests.graphs.rooms import put_case, scripted_room

AT = datetime(2026, 3, 4, 5, 6, tzinfo=UTC)


def test_what_was_kept_last_comes_back_to_its_reader_alone(tmp_path: Path) -> None:
    with scripted_room(tmp_path) as room:
        case = put_case(room)
        drafts = DecisionDrafts(room.home.database, lambda: AT)
        assert drafts.kept(case, "a") is None
        drafts.keep(case, "a", "d1", {"statements": [1]})
        drafts.keep(case, "b", "d1", {"statements": [2]})
        drafts.keep(case, "a", "d2", {"statements": [3]})
        kept = drafts.kept(case, "a")
        assert kept is not None
        assert (kept.draft_digest, kept.decisions, kept.at) == ("d2", {"statements": [3]}, AT)
        drafts.forget(case, "a")
        assert drafts.kept(case, "a") is None
        other = drafts.kept(case, "b")
        assert other is not None
        assert other.decisions == {"statements": [2]}
