"""What people with an account may do, however they sign in: their role's rights, over the cases that they see."""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Literal

from overread.records.people import LIMITED, RIGHTS, Right
from overread.review.access import Reader
from overread.store.assigned import cases_of
from overread.store.home import Home
from overread.store.people import User

Clock = Callable[[], datetime]


class PeopleAccess:
    """The decision that every action, call and address asks for."""

    def __init__(self, home: Home, see: Literal["all", "assigned"], clock: Clock) -> None:
        self._home = home
        self._see = see
        self._clock = clock

    def among(self, reader: Reader, right: Right, case_ids: Iterable[str]) -> frozenset[str]:
        """Give the cases for which the reader's role has the right, and that the reader may see."""
        only, asked = self.only(reader, right), frozenset(case_ids)
        return asked if only is None else asked & only

    def only(self, reader: Reader, right: Right) -> frozenset[str] | None:
        """Give the cases for which the reader's role has the right, and that the reader may see; None: all."""
        if right not in reader.rights or reader.account is None:
            return frozenset()
        if self._see == "assigned" and reader.works_as in LIMITED:
            return cases_of(self._home.database, reader.account)
        return None

    def may(self, reader: Reader, right: Right, case_id: str | None = None) -> bool:
        """Say whether a reader has a right, for a case or at all."""
        return right in reader.rights if case_id is None else bool(self.among(reader, right, (case_id,)))

    def stranger(self, headers: Mapping[str, str], address: str) -> str | None:
        """Refuse nobody for an address."""
        return None

    def note(self, actor: str, action: str, detail: dict[str, object] | None = None) -> None:
        """Write down that somebody came, went, or was turned away."""
        self._home.cases.audit.write(actor, action, "sign-in", **(detail or {}))


def reader_of(user: User, key: str) -> Reader:
    """Give the reader that an account is, with the rights that it has now."""
    return Reader(key, user.display_name, account=user.name, works_as=user.role, rights=RIGHTS[user.role])


def names_itself(reader: Reader, typed: str) -> bool:
    """Tell whether a reader typed their own name: it says that they mean to sign, and proves nothing."""
    return typed.strip().casefold() in {name.casefold() for name in (reader.name, reader.account) if name}
