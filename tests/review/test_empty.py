"""Where there is nothing to show, the page says what to do next."""

from pathlib import Path

import httpx
import pytest

from overread.review import LinkAccess
from overread.review.access import Reader
from overread.review.rendering import render_parts
from overread.review.worklist_page import worklist_page
from overread.store.list_query import ListQuery, Scope
from overread.store.worklist import ListPage
from tests.review.stage import SHOW_LIST, Stage, open_stage, post_event

NOTHING = ListPage(rows=(), page=1, total=0, counts={}, critical_hidden=0, critical_elsewhere=0)


class ReadsOnly(LinkAccess):
    """Lets everybody look, and nobody add."""

    def may(self, reader: Reader, right: str, case_id: str | None = None) -> bool:  # type: ignore[override]
        return right != "add"


def _table(stage: Stage, query: ListQuery, *, may_add: bool) -> str:
    scope = Scope("ann", named=False, only=None, limits={})
    from overread.review.desk import utc_now

    page = worklist_page(NOTHING, query, scope, utc_now())
    return render_parts(page, (), may_add=may_add)["table"]


@pytest.mark.parametrize(
    ("query", "may_add", "says"),
    [
        (ListQuery(), True, "Try it with a phantom"),
        (ListQuery(), False, "cases come from who may add them"),
        (ListQuery(find="x"), True, "Clear the filter"),
    ],
)
def test_an_empty_list_says_what_to_do(stage: Stage, query: ListQuery, may_add: bool, says: str) -> None:
    table = _table(stage, query, may_add=may_add)
    assert says in table
    assert "Next:" in table
    assert ("data-phantom" in table) is (says == "Try it with a phantom")


def test_a_phantom_is_taken_in_and_marked(tmp_path: Path) -> None:
    with open_stage(tmp_path) as stage, stage.visitor() as client:
        before = {row.case_id for row in stage.room.worklist()}
        case_id = client.post("/cases/phantom").raise_for_status().json()["case_id"]
        assert case_id not in before
        assert stage.room.store.case(case_id).study.synthetic
        assert not list((stage.room.home.root / "incoming").iterdir())
        foreign = client.post("/cases/phantom", headers={"origin": "https://elsewhere.example"})
        assert foreign.status_code == 403
        assert httpx.post(f"{stage.address}/cases/phantom").status_code == 401


def test_who_may_not_add_is_not_offered_it(tmp_path: Path) -> None:
    from overread.review import create_app
    from tests.review.stage import served

    access = ReadsOnly()
    with (
        open_stage(tmp_path) as stage,
        served(create_app(stage.room, access)) as address,
        httpx.Client(base_url=address, timeout=60) as client,
    ):
        client.get(f"/enter?token={access.link()}").raise_for_status()
        assert client.post("/cases/phantom").status_code == 403
        html = post_event(client, "s", SHOW_LIST, {})["html"]
        assert 'id="add"' not in html
        assert "Worklist" in html
