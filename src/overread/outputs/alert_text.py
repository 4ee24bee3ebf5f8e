"""Say a critical result, and what became of it, in words."""

from overread.records import Acknowledgement, Alert
from overread.speech import ENGLISH, Speech

HOW = {"phone": "by phone", "in-person": "in person", "message": "by message"}


def alert_words(alert: Alert) -> str:
    """Say category, message and what became of it, in one line."""
    known = alert.acknowledged
    told = f" {acknowledgement_words(known)}" if known else " Acknowledged by nobody."
    return f"Category {alert.category}: {alert.message}{told}"


def acknowledgement_words(made: Acknowledgement, say: Speech = ENGLISH) -> str:
    """Say who was told when and how, or why nobody was."""
    if made.not_told is not None:
        words = say.gettext("Nobody was told: {reason} ({by}, {at}).")
        return words.format(reason=made.not_told.rstrip("."), by=made.by, at=say.minute(made.at))
    how = f" {say.gettext(HOW[made.how])}" if made.how else ""
    read_back = {True: say.gettext(", read back"), False: say.gettext(", not read back"), None: ""}[made.read_back]
    told = say.gettext("{told} was told{how} at {at}{read_back} (by {by}).").format(
        told=made.told or say.gettext("Somebody"),
        how=how,
        at=say.minute(made.told_at or made.at),
        read_back=read_back,
        by=made.by,
    )
    return f"{told} {made.remark.rstrip('.')}." if made.remark else told
