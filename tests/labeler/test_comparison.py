import pytest

from overread.labeler import comparison_words, views_named


@pytest.mark.parametrize(
    "sentence",
    [
        "The effusion is unchanged.",
        "New left effusion.",
        "Improved aeration compared with the prior study.",
        "The effusion has increased.",
        "Persistent opacity.",
        "Interval placement of a tube.",
    ],
)
def test_a_word_that_needs_an_earlier_study_is_found(sentence: str) -> None:
    assert comparison_words(sentence)


@pytest.mark.parametrize(
    "sentence",
    [
        "No prior study is available.",
        "No earlier study was given for comparison.",
        "Comparison: none.",
        "A prior study of 2026-01-02 is at hand; it was not compared.",
        "Increased interstitial markings.",
        "Large effusion.",
    ],
)
def test_saying_that_there_is_no_earlier_study_needs_none(sentence: str) -> None:
    assert comparison_words(sentence) == ()


def test_views_are_found_by_their_names() -> None:
    assert views_named("PA and lateral views of the chest.") == ("PA", "LATERAL")
    assert views_named("One AP view.") == ("AP",)
    assert views_named("Opacity in the lateral left lung.") == ()
