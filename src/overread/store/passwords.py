"""Passwords: what is taken for one, and how it is kept. Source: NIST SP 800-63B, 3.1.1 (length, no composition)."""

import threading
import unicodedata
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError

from overread.errors import UsageError

SHORTEST, LONGEST = 12, 256
"""Characters; the longest is far past what people type, and bounds what a stranger can make the server hash."""
_AT_ONCE = threading.BoundedSemaphore(4)
"""Each hash takes 64 MiB: so many sign in at the same time, others wait."""


def check(password: str, name: str, display_name: str) -> None:
    """Raise `UsageError` for a password that is too short or too long, or that anybody guesses from the account."""
    length = len(_normal(password))
    if length < SHORTEST:
        raise UsageError(f"the password has {length} characters; it needs at least {SHORTEST}, of any kind")
    if length > LONGEST:
        raise UsageError(f"the password has {length} characters; {LONGEST} are enough")
    if _letters(password) in _guessed(name, display_name):
        raise UsageError("the password is the name of the account, of the person or of this program; take another")


def hash_of(password: str) -> str:
    """Give what is kept of a password: Argon2id with the parameters of RFC 9106 for little memory."""
    with _AT_ONCE:
        return PasswordHasher().hash(_normal(password))


def matches(password: str, kept: str | None) -> bool:
    """Tell whether a password is the one that was kept; without one, after as long as if there were."""
    with _AT_ONCE:
        try:
            return PasswordHasher().verify(kept or _nobodys(), _normal(password)) and kept is not None
        except (VerifyMismatchError, InvalidHashError):
            return False


@cache
def _nobodys() -> str:
    return PasswordHasher().hash("the account that is not there")


def _guessed(name: str, display_name: str) -> set[str]:
    words = {_letters(word) for word in (name, name.partition("@")[0], display_name, "overread", "password")} - {""}
    return {word * times for word in words for times in range(1, LONGEST // len(word) + 1)}


def _letters(text: str) -> str:
    """Leave the letters: a number behind a name makes it no better."""
    return "".join(letter for letter in _normal(text).casefold() if letter.isalpha())


def _normal(text: str) -> str:
    """Give the same characters however a keyboard sends them."""
    return unicodedata.normalize("NFKC", text)
