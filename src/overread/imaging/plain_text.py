"""Make text from a header safe to keep and to show: no control characters, one form, a bounded length."""

import unicodedata

TEXT_LIMIT = 64
"""Longest DICOM LO value (PS3.5 table 6.2-1)."""


def plain_text(value: object, limit: int = TEXT_LIMIT) -> str:
    """Give a value as NFC text on one line, without control, format, surrogate and private characters."""
    text = unicodedata.normalize("NFC", str(value)[: 4 * limit])
    kept = "".join(" " if character.isspace() else character for character in text if _is_shown(character))
    return " ".join(kept.split())[:limit].rstrip()


def _is_shown(character: str) -> bool:
    return character.isspace() or not unicodedata.category(character).startswith("C")
