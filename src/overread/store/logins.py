"""Logins by the digest of their cookie: they survive a restart, and one that ended has ended for every process."""

import hashlib
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from overread.store import _schema as t
from overread.store.database import Database
from overread.store.people import User, user_of


@dataclass(frozen=True)
class Login:
    """One person in one browser."""

    digest: str
    user: User
    seen_at: datetime
    """When the person last did something; what the page asks by itself does not count."""
    confirmed_at: datetime | None
    """When it was last shown who this is: by the password."""
    locked: bool


class Logins:
    """The logins in the database.

    Each locks after `idle` without a sign of the person, and ends `longest` after it began.
    """

    def __init__(
        self, database: Database, clock: Callable[[], datetime], idle: timedelta | None, longest: timedelta
    ) -> None:
        self._database = database
        self._clock = clock
        self._idle = idle
        self._longest = longest

    def begin(self, name: str) -> str:
        """Log a person in, who just showed who they are; gives the cookie's value, which is kept nowhere."""
        token, now = secrets.token_urlsafe(32), self._clock()
        row = {"digest": digest_of(token), "user": name, "created_at": now, "seen_at": now, "confirmed_at": now}
        with self._database.begin() as connection:
            connection.execute(sa.insert(t.logins).values(**row))
        return token

    def of(self, token: str) -> Login | None:
        """Give the login of a cookie; None for one that is unknown, ended or too old, and of a disabled account."""
        return self.alive(digest_of(token))

    def alive(self, digest: str) -> Login | None:
        """Give the login of a digest, as `of` does of a cookie."""
        query = sa.select(t.logins, t.users).join(t.users, t.users.c.name == t.logins.c.user)
        alive = (t.logins.c.ended_at.is_(None)) & (t.logins.c.created_at > self._clock() - self._longest)
        own = t.logins.c.digest == digest
        with self._database.connect() as connection:
            row = connection.execute(query.where(own, alive, ~t.users.c.disabled)).mappings().first()
        if row is None:
            return None
        seen, confirmed = row[t.logins.c.seen_at], row[t.logins.c.confirmed_at]
        idle = self._idle is not None and self._clock() - seen > self._idle
        locked = idle or row[t.logins.c.locked_at] is not None
        user = user_of({column.name: row[column] for column in t.users.c})
        return Login(row[t.logins.c.digest], user, seen, confirmed, locked)

    def confirmed_at(self, digest: str) -> datetime | None:
        """Give when the person of a login last showed who they are."""
        query = sa.select(t.logins.c.confirmed_at).where(t.logins.c.digest == digest, t.logins.c.ended_at.is_(None))
        rows = self._database.rows(query)
        return rows[0]["confirmed_at"] if rows else None

    def seen(self, digest: str) -> None:
        """Note that the person did something; a locked login stays locked."""
        self._update(digest, t.logins.c.locked_at.is_(None), seen_at=self._clock())

    def lock(self, digest: str) -> None:
        """Lock a login until the person shows again who they are."""
        self._update(digest, locked_at=self._clock())

    def confirm(self, digest: str) -> None:
        """Note that the person showed again who they are: a locked login opens."""
        now = self._clock()
        self._update(digest, seen_at=now, confirmed_at=now, locked_at=None)

    def end(self, digest: str) -> None:
        """End a login, everywhere."""
        self._update(digest, ended_at=self._clock())

    def _update(self, digest: str, *where: sa.ColumnElement[bool], **values: object) -> None:
        alive = (t.logins.c.digest == digest, t.logins.c.ended_at.is_(None))
        with self._database.begin() as connection:
            connection.execute(sa.update(t.logins).where(*alive, *where).values(**values))


def digest_of(token: str) -> str:
    """Give what is kept of a cookie: looking up a digest leaks no prefix of the secret through its timing."""
    return hashlib.sha256(token.encode()).hexdigest()
