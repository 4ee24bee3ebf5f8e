"""Escape sequences (HL7 v2.5.1 chapter 2.7).

Not those of python-hl7: it writes what it cannot read into the log, repeats a line break as often as a message says,
and reads hexadecimal bytes as Latin-1 whatever MSH-18 names.
"""

import re

from overread.errors import MessageRefused
from overread.hl7v2.refusal import DATA_TYPE

BREAKS = {".br": "\n", ".sp": "\n", ".ce": "\n", ".sk": " ", ".fi": "", ".nf": "", ".in": "", ".ti": ""}
"""Formatting commands of FT; what follows them is a count, and one break is as good as many."""
ENCODING = "^~\\&"


def unescape(text: str, delimiters: str, codec: str) -> str:
    """Give a value with its sequences undone; what has no meaning here (highlighting, local sequences) is left out.

    Raises `MessageRefused` for a switch to another character set, and for bytes that are none of the message's set.
    """
    escape = delimiters[3]
    if escape not in text:
        return text
    named = {"F": delimiters[0], "S": delimiters[1], "R": delimiters[2], "E": escape, "T": delimiters[4]}
    mark = re.escape(escape)

    def undone(found: re.Match[str]) -> str:
        word = found.group(1)
        if word in named:
            return named[word]
        if word[:1] == "X":
            return _bytes(word[1:], codec)
        if word[:1] in ("C", "M"):
            raise MessageRefused("AE", DATA_TYPE, "an escape sequence switches to another character set")
        return BREAKS.get(word[:3].lower(), "")

    return re.sub(f"{mark}([^{mark}\r]*){mark}", undone, text)


def escaped(text: str) -> str:
    """Write a value for a message with the usual delimiters; a line break is `\\.br\\`."""
    table = {"\\": "\\E\\", "|": "\\F\\", "^": "\\S\\", "~": "\\R\\", "&": "\\T\\", "\n": "\\.br\\"}
    return "".join(table.get(letter, letter) for letter in text if letter in table or letter.isprintable())


def _bytes(digits: str, codec: str) -> str:
    try:
        return bytes.fromhex(digits).decode(codec)
    except ValueError:
        raise MessageRefused("AE", DATA_TYPE, "a hexadecimal escape sequence is none of the character set") from None
