"""Say a critical result, and what became of it, in words."""

from overread.records import Acknowledgement, Alert

HOW = {"phone": "by phone", "in-person": "in person", "message": "by message"}
MOMENT = "%Y-%m-%d %H:%M UTC"


def alert_words(alert: Alert) -> str:
    """Say category, message and what became of it, in one line."""
    known = alert.acknowledged
    told = f" {acknowledgement_words(known)}" if known else " Acknowledged by nobody."
    return f"Category {alert.category}: {alert.message}{told}"


def acknowledgement_words(made: Acknowledgement) -> str:
    """Say who was told when and how, or why nobody was."""
    if made.not_told is not None:
        return f"Nobody was told: {made.not_told.rstrip('.')} ({made.by}, {made.at:{MOMENT}})."
    when = made.told_at or made.at
    how = f" {HOW[made.how]}" if made.how else ""
    read_back = {True: ", read back", False: ", not read back", None: ""}[made.read_back]
    remark = f" {made.remark.rstrip('.')}." if made.remark else ""
    return f"{made.told or 'Somebody'} was told{how} at {when:{MOMENT}}{read_back} (by {made.by}).{remark}"
