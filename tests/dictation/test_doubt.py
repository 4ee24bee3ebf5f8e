"""Where two hearings part over a side or a negation, the words are doubted; where they part over others, not."""

import pytest

from overread.dictation.doubt import doubted


@pytest.mark.parametrize(
    ("text", "otherwise", "words"),
    [
        ("Small right effusion.", "Small right effusion.", []),
        ("Small right effusion.", "small, right, a fusion", []),
        ("Small right effusion.", "Small left effusion.", ["right"]),
        ("The heart is hot and large.", "The heart is not enlarged.", ["hot and large"]),
        ("Effusion on the left.", "Effusion none on the left.", ["Effusion on"]),
        ("No bullae.", "Bullae.", ["No"]),
        ("Effusion.", "No effusion.", ["Effusion"]),
        ("Write basal effusion.", "Write basal effusion.", ["Write"]),
        ("by lateral plaques.", "Bilateral plaques.", ["by lateral"]),
        ("No effusion on the left.", "No diffusion on the right.", ["left"]),
        ("No effusion.", "", ["No effusion"]),
        ("", "No effusion.", []),
    ],
)
def test_places_in_doubt(text: str, otherwise: str, words: list[str]) -> None:
    assert [text[begin:end] for begin, end in doubted(text, otherwise)] == words


def test_places_that_touch_are_one() -> None:
    assert len(doubted("write knot seen", "right not seen")) == 1
