"""The one place where a right is asked for: who lacks it is turned away, and that is written down."""

from overread.reading_room import ReadingRoom
from overread.records.people import Right
from overread.review.access import Access, Reader


def granted(
    room: ReadingRoom, access: Access, reader: Reader | None, right: Right, case_id: str | None = None
) -> Reader | None:
    """Give the reader back when they have the right; else audit the refusal and give None."""
    if reader is None:
        return None
    if access.may(reader, right, case_id):
        return reader
    room.store.audit.write(reader.author, "refused", (case_id or "page")[:80], right=right)
    return None
