"""What stays hidden until a reader has written down a first impression (`first_read`): the one place that decides.

Critical results of minutes and hours are shown all the same: somebody has to be told of them before anybody has read.
"""

from overread.critical_results import BEFORE_SIGNING
from overread.reading_room import ReadingRoom
from overread.records import Alert, CaseFile
from overread.review.access import Reader
from overread.store.listing import WAITING

HIDDEN = "write down your first impression; what the models say of this case is shown then"


def is_hidden(room: ReadingRoom, reader: Reader, case_id: str) -> bool:
    """Tell whether what the models say of a case is still hidden from a reader: while nobody has decided it."""
    if room.services.settings.first_read == "off" or room.store.row(case_id).status not in WAITING:
        return False
    return not room.home.first_reads.has(case_id, reader.author)


def veiled(file: CaseFile) -> CaseFile:
    """Give a file without a word of the models: no evidence, finding, conflict, draft, nor what others made of it."""
    return file.model_copy(
        update={
            "plan": None,
            "evidence": (),
            "failures": (),
            "findings": (),
            "conflicts": (),
            "rules": None,
            "questions_asked": (),
            "alerts": tuple(filter(is_shown, file.alerts)),
            "draft": None,
            "draft_digest": None,
            "objections": (),
            "review": None,
            "versions": (),
            "first_reads": (),
            "manifest": file.manifest.model_copy(update={"tool_runs": (), "prompts": ()}),
        }
    )


def is_shown(alert: Alert) -> bool:
    """Tell whether a critical result is shown before the first read: one that somebody must be told of at once."""
    return alert.category in BEFORE_SIGNING
