"""Numbers in words, from one to ninety-nine."""

_UNITS = (
    *("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve", "thirteen"),
    *("fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"),
)
_TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_VALUES = {
    **{word: value for value, word in enumerate(_UNITS, 1)},
    **{word: 10 * value for value, word in enumerate(_TENS, 2)},
}
NUMBER_WORDS = rf"(?:(?:{'|'.join(_TENS)})(?:[\s-](?:{'|'.join(_UNITS[:9])}))?|{'|'.join(reversed(_UNITS))})"
"""A regular expression of such a number, without a group."""


def number_of(words: str) -> int:
    """Give the number that digits or words say; raises `KeyError` on a word that is none."""
    if words.isdecimal():
        return int(words)
    return sum(_VALUES[word] for word in words.lower().replace("-", " ").split())
