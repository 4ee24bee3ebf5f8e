"""`/metrics` on the page: a scraper gets in by its token or from this machine, and by neither past anybody's login."""

import asyncio
from collections.abc import Mapping
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI

from overread.observing.metrics import Metrics
from overread.review.access import LinkAccess
from overread.review.guard import Guard
from overread.review.metrics_route import MetricsAccess, MetricsRoute
from tests.graphs.rooms import settings
from tests.observing.test_metrics import TOKEN

BEARER = {"authorization": f"Bearer {TOKEN}"}
CONFIG = "/config"
"""An address that is the page's own."""


class Door:
    """A page of two addresses behind the real guard."""

    def __init__(self, home: Path, **chosen: object) -> None:
        scrapers, self.access = MetricsAccess(settings(home, **chosen)), LinkAccess()
        app = FastAPI()
        MetricsRoute(Metrics().registry, scrapers).add_to(app)
        app.get(CONFIG)(lambda: "for people")
        self._app = Guard(app, self.access, metrics=scrapers)

    def get(
        self,
        path: str = "/metrics",
        headers: Mapping[str, str] | None = None,
        sender: str = "127.0.0.1",
        host: str = "127.0.0.1:7860",
    ) -> int:
        async def ask() -> int:
            transport = httpx.ASGITransport(self._app, client=(sender, 1))
            async with httpx.AsyncClient(transport=transport, base_url=f"http://{host}") as client:
                return (await client.get(path, headers=dict(headers or {}))).status_code

        return asyncio.run(ask())


def test_one_user_on_one_machine_needs_no_token_there(tmp_path: Path) -> None:
    door = Door(tmp_path)
    assert door.get() == door.get(host="localhost:7860") == 200
    assert door.get(sender="::1", host="[::1]:7860") == 200
    assert door.get(sender="10.0.0.7") == 404
    assert door.get(host="evil.example") == 404  # a page elsewhere that let its name point here


@pytest.mark.parametrize("header", ["x-forwarded-for", "forwarded", "x-real-ip", "via", "x-forwarded-host"])
def test_what_a_proxy_passed_on_is_not_from_this_machine(tmp_path: Path, header: str) -> None:
    assert Door(tmp_path).get(headers={header: "1"}) == 404


@pytest.mark.parametrize("way", ["accounts", "proxy"])
def test_where_people_sign_in_only_the_token_opens_it(tmp_path: Path, way: str) -> None:
    assert Door(tmp_path, sign_in=way).get() == 404
    door = Door(tmp_path, sign_in=way, observing={"metrics_token": TOKEN})
    assert door.get() == door.get(headers={"authorization": f"Bearer {TOKEN}x"}) == 404
    assert door.get(headers=BEARER, sender="10.0.0.7", host="reading.example") == 200


def test_the_token_opens_nothing_else_and_a_login_does_not_open_it(tmp_path: Path) -> None:
    door = Door(tmp_path, observing={"metrics_token": TOKEN})
    assert door.get(CONFIG, BEARER) == 401
    login = {"cookie": f"overread={door.access.exchange(door.access.link())}"}
    assert door.get(CONFIG, login) == 200
    assert door.get(headers=login) == 404


def test_without_figures_there_is_no_such_address(tmp_path: Path) -> None:
    guard = Guard(FastAPI(), LinkAccess())

    async def ask() -> int:
        transport = httpx.ASGITransport(guard, client=("127.0.0.1", 1))
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
            return (await client.get("/metrics")).status_code

    assert asyncio.run(ask()) == 404
