"""Signatures and versions of a report in words: the same on the page, in the terminal and in the documents.

What takes a `Speech` is told on the page; the documents give none.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime

from overread.records import CaseFile, Meaning, Password, ProviderLogin, ReportVersion, VersionStatus
from overread.records.signing import Confirmed
from overread.speech import ENGLISH, Speech

MEANINGS: Mapping[Meaning, str] = {
    "authorship": "I have read the images and this is my report",
    "approval": "I have checked this report and approve it as the responsible physician",
}
"""What somebody says who signs."""
PRELIMINARY = "I have read the images; this is a preliminary report, not final until a responsible physician signs it"
STATUSES: Mapping[VersionStatus, str] = {
    "preliminary": "preliminary report",
    "final": "final report",
    "amended": "amended report",
    "appended": "report with an addendum",
}


def signed_words(name: str, at: datetime) -> str:
    """Say who signed when."""
    return f"Signed by {name} on {at:%Y-%m-%d %H:%M %Z}."


def signature_words(file: CaseFile, say: Speech = ENGLISH) -> Iterator[str]:
    """Say what the signature of a final report means, how the signer was known, and what came after it."""
    if file.final is None:
        return
    if file.final.meaning is not None:
        yield say.gettext("Meaning: {meaning}.").format(meaning=say.gettext(MEANINGS[file.final.meaning]))
    if (known := confirmed_words(file.final.confirmed, say)) is not None:
        yield f"{known}."
    if newer := newer_words(file, say):
        yield f"{newer}."


def confirmed_words(confirmed: Confirmed | None, say: Speech = ENGLISH) -> str | None:
    """Say how somebody showed once more who they are; None where that is not on file."""
    if confirmed is None:
        return None
    if isinstance(confirmed, Password):
        if confirmed.again:
            return say.gettext("Confirmed by password")
        return say.gettext("Confirmed by a password given shortly before")
    if isinstance(confirmed, ProviderLogin):
        return say.gettext("Confirmed by a login at the identity provider")
    return say.gettext("Confirmed by the name, typed")


def preliminary_words(version: ReportVersion, say: Speech = ENGLISH) -> str:
    """Say that there is a preliminary report."""
    words = say.gettext("PRELIMINARY REPORT by {who}, {at}, not final")
    return words.format(who=version.signed_by, at=say.minute(version.at))


def newer_words(file: CaseFile, say: Speech = ENGLISH) -> str:
    """Say which version of a signed report this is and who signed it; nothing where it is the first final one."""
    newest = file.newest
    if newest is None or newest.status in ("preliminary", "final"):
        return ""
    reason = f": {newest.reason}" if newest.reason else ""
    words = say.gettext("{what}, version {number}, by {who} on {at}").format(
        what=initial(say.gettext(STATUSES[newest.status])),
        number=newest.version,
        who=newest.signed_by,
        at=say.minute(newest.at),
    )
    return f"{words}{reason}"


def version_lines(file: CaseFile, say: Speech = ENGLISH) -> tuple[str, ...]:
    """Give a line for each signed state of a report, the newest first; none where a final report is the only one."""
    if len(file.versions) < 2 and file.final is not None:
        return ()
    return tuple(version_line(item, say) for item in reversed(file.versions))


def version_line(version: ReportVersion, say: Speech = ENGLISH) -> str:
    """Say of a version what it is, who signed it when, why, and over which text."""
    what = say.gettext("Version {number}, {what}, by {who} on {at}").format(
        number=version.version,
        what=say.gettext(STATUSES[version.status]),
        who=version.signed_by,
        at=say.minute(version.at),
    )
    why = say.gettext("; reason: {reason}").format(reason=version.reason) if version.reason else ""
    text = say.gettext("text {digest}").format(digest=version.text_digest[:12])
    if version.supersedes:
        text += say.gettext(", supersedes {digest}").format(digest=version.supersedes[:12])
    return f"{what}{why} ({text})"


def initial(words: str) -> str:
    """Begin words with a capital, and leave the others as the language has them."""
    return words[:1].upper() + words[1:]
