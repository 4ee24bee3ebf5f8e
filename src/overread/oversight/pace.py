"""Whether a report is signed faster than it can be read: told before the signature as it is counted after it."""

from typing import NamedTuple

from overread.oversight.facts import Journal, began, decided_count, words_to_read
from overread.oversight.figures import reading_speed
from overread.records import CaseFile, Review
from overread.speech import ENGLISH, Speech


class Pace(NamedTuple):
    """How long a draft was open when it was signed, and how long a fast reader takes."""

    seconds: float
    least: float

    @property
    def too_fast(self) -> bool:
        """Say whether nobody can have read it."""
        return self.seconds < self.least


def pace_of(file: CaseFile, review: Review, journal: Journal) -> Pace | None:
    """Give the pace of a signature; None where the draft was on no screen, or the clock ran backwards."""
    start, opened = began(file, journal)
    if file.draft is None or start is None or not opened or start > review.at:
        return None
    least = reading_speed().seconds(words_to_read(file.draft), decided_count(file.draft, review))
    return Pace((review.at - start).total_seconds(), least)


def hurry_words(pace: Pace, say: Speech = ENGLISH) -> str:
    """Say that a report is signed faster than it can be read."""
    words = say.gettext("the draft was open for {seconds} s; a fast reader takes {least} s")
    return words.format(seconds=say.number(pace.seconds), least=say.number(pace.least))
