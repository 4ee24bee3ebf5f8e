"""Make text that came in safe to keep and to show: no control characters, one form, a bounded length."""

import unicodedata

TEXT_LIMIT = 64
"""Longest DICOM LO value (PS3.5 table 6.2-1)."""


def plain_text(value: object, limit: int = TEXT_LIMIT) -> str:
    """Give a value as NFC text on one line, without control, format, surrogate and private characters."""
    return _one_line(unicodedata.normalize("NFC", str(value)[: 4 * limit]))[:limit].rstrip()


def plain_lines(value: str) -> str:
    """Give text as NFC, each line as `plain_text` makes it, of any length; at most one blank line in a row."""
    kept: list[str] = []
    for line in unicodedata.normalize("NFC", value).splitlines():
        clean = _one_line(line)
        if clean or (kept and kept[-1]):
            kept.append(clean)
    return "\n".join(kept).strip("\n")


def _one_line(text: str) -> str:
    kept = "".join(" " if character.isspace() else character for character in text if _is_shown(character))
    return " ".join(kept.split())


def _is_shown(character: str) -> bool:
    return character.isspace() or not unicodedata.category(character).startswith("C")
