"""A page that only reviews: no tool is built, cases are decided on, and none is taken in."""

from pathlib import Path

import httpx

from overread.composition import open_room
from overread.review import LinkAccess, create_app
from tests.graphs.rooms import TRUST, put_case, scripted_tools, settings, sign_all
from tests.review.stage import served


def test_it_signs_what_was_read_elsewhere_and_takes_no_case_in(tmp_path: Path) -> None:
    with open_room(settings(tmp_path), tools=scripted_tools(), trust=TRUST) as room:
        file = room.read(put_case(room))
    access = LinkAccess()
    with (
        open_room(settings(tmp_path), tools={}) as room,
        served(create_app(room, access)) as address,
        httpx.Client(base_url=address) as visitor,
    ):
        visitor.get(f"/enter?token={access.link()}").raise_for_status()
        assert visitor.post("/cases/new", content=b"x").status_code == 404
        assert room.decide(file.case_id, sign_all(file)).status == "signed"
