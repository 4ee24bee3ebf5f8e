"""A page that people sign in to, with one of each role, over the stage's room of phantoms."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from overread.records.people import Role
from overread.review import create_app
from overread.review.accounts import AccountAccess
from overread.store import _schema as t
from tests.graphs.rooms import settings
from tests.review.stage import Stage, served

SECRET = "four plain words here"
ROLES: tuple[Role, ...] = ("viewer", "reviewer", "signer", "admin")


@dataclass
class Clock:
    ahead: timedelta = field(default_factory=timedelta)

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.ahead


@dataclass
class Clinic:
    """The page with accounts; its clock can be put ahead."""

    stage: Stage
    address: str
    clock: Clock
    access: AccountAccess

    @contextmanager
    def visitor(self, name: str | None = None, password: str = SECRET) -> Iterator[httpx.Client]:
        """Give a client that is no browser, signed in when it has a name."""
        with httpx.Client(base_url=self.address, timeout=60) as client:
            if name is not None:
                signed = self.sign_in(client, name, password)
                assert signed.status_code == 200, signed.text
            yield client

    def sign_in(self, client: httpx.Client, name: str, password: str, **more: str) -> httpx.Response:
        return client.post("/sign-in", data={"name": name, "password": password, **more})

    def assign(self, case_id: str, name: str) -> None:
        row = {"case_id": case_id, "assignee": name, "assigned_by": "root", "at": self.clock(), "lease_until": None}
        with self.stage.room.home.database.begin() as connection:
            connection.execute(t.assignments.insert().values(**row))

    def audited(self, object: str) -> list[tuple[str, str]]:
        return [(link.actor, link.action) for link in self.stage.room.store.audit.of(object)]


@contextmanager
def open_clinic(stage: Stage, **other: Any) -> Iterator[Clinic]:
    home, clock = stage.room.home, Clock()
    for role in ROLES:
        if home.people.find(role) is None:
            home.people.add(role, f"Dr {role.title()}", role, SECRET, "root")
    access = AccountAccess(home, settings(home.root, sign_in="accounts", **other), clock)
    with served(create_app(stage.room, access)) as address:
        yield Clinic(stage, address, clock, access)
    # The next one's clock may be behind this one's.
    with home.database.begin() as connection:
        connection.execute(t.sign_in_failures.delete())
