"""Who may do what: the roles, and their rights as data."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal

Role = Literal["viewer", "reviewer", "signer", "admin"]
Right = Literal["list", "read", "add", "review", "take", "acknowledge", "sign", "assign", "accounts"]
"""`list`: the worklist, which names no patient · `read`: a case, its pictures and evidence · `add`: a new case ·
`review`: accept, edit and reject sentences, add findings, send a draft back · `take`: assign a case to oneself ·
`acknowledge`: a critical result · `sign`: sign or reject a draft, addenda and amendments · `assign`: cases to anybody ·
`accounts`: of people."""

_READS: frozenset[Right] = frozenset({"list", "read"})
_REVIEWS: frozenset[Right] = _READS | {"add", "review", "take", "acknowledge"}
RIGHTS: Mapping[Role, frozenset[Right]] = MappingProxyType(
    {
        "viewer": _READS,
        "reviewer": _REVIEWS,
        "signer": _REVIEWS | {"sign"},
        # Who hands out rights has none over a case: nobody gives themselves a signature.
        "admin": frozenset({"list", "assign", "accounts"}),
    }
)
ALL_RIGHTS: frozenset[Right] = frozenset(right for rights in RIGHTS.values() for right in rights)
"""What one user on one machine has."""
LIMITED: frozenset[Role] = frozenset({"viewer", "reviewer"})
"""Roles whose cases the setting `see = assigned` limits to those assigned to them."""
