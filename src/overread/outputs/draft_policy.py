"""Whether a draft that nobody has signed may leave for a folder: a site may not want an AI's negatives in a chart."""

from overread.records import CaseFile
from overread.settings import DraftPolicy

NOT_POSITIVE = "No Finding"
HELD_BACK = {
    "positives": "it holds no positive finding, and the draft policy lets only positives leave",
    "after_first_read": "nobody has read it yet, and the draft policy waits for the first read",
}


def held_back(file: CaseFile, policy: DraftPolicy) -> str | None:
    """Say why a case's draft stays here, or None where it may leave.

    `always` lets every draft leave; `positives` those with a finding that is present or possible, or with an alert;
    `after_first_read` those that a person has decided on. A case without a draft, refused or failed, may always leave.
    """
    if policy == "always" or file.draft is None or file.final is not None:
        return None
    if policy == "after_first_read":
        return None if file.review is not None or file.versions else HELD_BACK[policy]
    positive = any(f.status in ("present", "uncertain") and f.label != NOT_POSITIVE for f in file.findings)
    return None if positive or file.alerts else HELD_BACK[policy]
