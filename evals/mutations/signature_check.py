"""Without the check of a signature whatever comes back from a reviewer is signed."""

from overread.evals.mutations._mutation import Mutation
from overread.reading_room import ReadingRoom
from overread.records import Review


class _Unchecked(ReadingRoom):
    """Takes every review as it comes: of another draft, of a signed case, with sentences left open."""

    def _checked(self, case_id: str, review: Review) -> Review:
        return review


def build() -> Mutation:
    """Give the mutation."""
    return Mutation("signature_check", "a review is not held against the draft that waits", room=_Unchecked)
