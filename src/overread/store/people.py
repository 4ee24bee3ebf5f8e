"""Accounts: who works here, in which role. A name stays taken for ever, so that what was signed stays theirs."""

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from overread.errors import UsageError
from overread.records.people import RIGHTS, Role
from overread.store import _schema as t
from overread.store import passwords
from overread.store.audit import Audit
from overread.store.database import Database

NAME = re.compile(r"[a-z0-9][a-z0-9._@-]{1,63}")
LONGEST_NAME = 120


@dataclass(frozen=True)
class User:
    """One account."""

    name: str
    display_name: str
    role: Role
    disabled: bool
    created_at: datetime
    local: bool
    """Whether a password of this account is kept here; else a proxy or an identity provider vouches for the person."""


class People:
    """The accounts in the database; each change is written to the audit in the same step."""

    def __init__(self, database: Database, audit: Audit, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._audit = audit
        self._clock = clock

    def add(self, name: str, display_name: str, role: Role, password: str | None, by: str) -> User:
        """Make an account, without a password for somebody who is vouched for; raises `UsageError`."""
        if not NAME.fullmatch(name):
            raise UsageError("a name has 2 to 64 of a-z, 0-9 and . _ @ -, and begins with a letter or digit")
        return self._insert(name, display_name, role, _hash(password, name, display_name), by)

    def find(self, name: str) -> User | None:
        """Give an account, disabled or not; None when nobody has the name."""
        rows = self._database.rows(sa.select(t.users).where(t.users.c.name == name))
        return user_of(rows[0]) if rows else None

    def user(self, name: str) -> User:
        """Give an account; raises `UsageError` when nobody has the name."""
        found = self.find(name)
        if found is None:
            raise UsageError(f"there is no account '{name}'; 'overread user list' shows all")
        return found

    def all(self) -> list[User]:
        """Give every account, by name."""
        return [user_of(row) for row in self._database.rows(sa.select(t.users).order_by(t.users.c.name))]

    def disable(self, name: str, by: str) -> None:
        """End an account and its logins at once; what it did stays. Raises `UsageError`."""
        self._update(name, by, "user_disable", {"disabled": True})

    def enable(self, name: str, by: str) -> None:
        """Let an account in again; its logins stay ended. Raises `UsageError`."""
        self._update(name, by, "user_enable", {"disabled": False})

    def set_role(self, name: str, role: Role, by: str) -> None:
        """Give an account another role, from its next request on; raises `UsageError`."""
        self._update(name, by, "user_change", {"role": role}, role=role)

    def set_password(self, name: str, password: str, by: str) -> None:
        """Replace an account's password and end its logins; raises `UsageError`."""
        known = self.user(name)
        self._update(name, by, "user_password", {"password_hash": _hash(password, name, known.display_name)})

    def matches(self, name: str, password: str) -> User | None:
        """Give the account when it is enabled and the password is its own; as slow for a name that nobody has."""
        rows = self._database.rows(sa.select(t.users).where(t.users.c.name == name))
        right = passwords.matches(password, rows[0]["password_hash"] if rows else None)
        return user_of(rows[0]) if right and not rows[0]["disabled"] else None

    def _insert(self, name: str, display_name: str, role: Role, kept: str | None, by: str) -> User:
        shown = _shown_name(display_name)
        row = {"name": name, "display_name": shown, "role": role, "password_hash": kept}
        insert = self._database.insert(t.users).values(**row, disabled=False, created_at=self._clock())
        with self._database.begin() as connection:
            if connection.execute(insert.on_conflict_do_nothing().returning(t.users.c.name)).first() is None:
                raise UsageError(f"the name '{name}' is taken, and a name is never given to another person")
            self._audit.append(connection, by, "user_add", name, role=role, display_name=shown, local=kept is not None)
        return self.user(name)

    def _update(self, name: str, by: str, action: str, values: Mapping[str, object], **detail: object) -> None:
        self.user(name)
        with self._database.begin() as connection:
            connection.execute(sa.update(t.users).where(t.users.c.name == name).values(**values))
            if action in ("user_disable", "user_password"):
                own = (t.logins.c.user == name) & (t.logins.c.ended_at.is_(None))
                connection.execute(sa.update(t.logins).where(own).values(ended_at=self._clock()))
            self._audit.append(connection, by, action, name, **detail)


def _hash(password: str | None, name: str, display_name: str) -> str | None:
    if password is None:
        return None
    passwords.check(password, name, display_name)
    return passwords.hash_of(password)


def _shown_name(display_name: str) -> str:
    """Give the name as it signs; raises `UsageError` for one that cannot."""
    shown = " ".join(display_name.split())
    if not 1 <= len(shown) <= LONGEST_NAME or any(unicodedata.category(letter)[0] == "C" for letter in shown):
        raise UsageError(f"the name that signs has 1 to {LONGEST_NAME} characters, none of them a control character")
    return shown


def user_of(row: Mapping[Any, Any]) -> User:
    """Read an account's row; raises `UsageError` for a role of another version."""
    if row["role"] not in RIGHTS:
        raise UsageError(f"the account '{row['name']}' has the role '{row['role']}', which this version does not know")
    kept = {key: row[key] for key in ("name", "display_name", "role", "disabled", "created_at")}
    return User(**kept, local=row["password_hash"] is not None)
