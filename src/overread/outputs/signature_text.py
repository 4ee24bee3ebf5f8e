"""Signatures and versions of a report in words: the same on the page, in the terminal and in the documents."""

from collections.abc import Iterator, Mapping
from datetime import datetime

from overread.records import CaseFile, Meaning, Password, ProviderLogin, ReportVersion, VersionStatus
from overread.records.signing import Confirmed

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


def signature_words(file: CaseFile) -> Iterator[str]:
    """Say what the signature of a final report means, how the signer was known, and what came after it."""
    if file.final is None:
        return
    if file.final.meaning is not None:
        yield f"Meaning: {MEANINGS[file.final.meaning]}."
    if (known := confirmed_words(file.final.confirmed)) is not None:
        yield f"{known}."
    if newer := newer_words(file):
        yield f"{newer}."


def confirmed_words(confirmed: Confirmed | None) -> str | None:
    """Say how somebody showed once more who they are; None where that is not on file."""
    if confirmed is None:
        return None
    if isinstance(confirmed, Password):
        return "Confirmed by password" if confirmed.again else "Confirmed by a password given shortly before"
    if isinstance(confirmed, ProviderLogin):
        return "Confirmed by a login at the identity provider"
    return "Confirmed by the name, typed"


def preliminary_words(version: ReportVersion) -> str:
    """Say that there is a preliminary report."""
    return f"PRELIMINARY REPORT by {version.signed_by}, {version.at:%Y-%m-%d %H:%M %Z}, not final"


def newer_words(file: CaseFile) -> str:
    """Say which version of a signed report this is and who signed it; nothing where it is the first final one."""
    newest = file.newest
    if newest is None or newest.status in ("preliminary", "final"):
        return ""
    reason = f": {newest.reason}" if newest.reason else ""
    what = STATUSES[newest.status].capitalize()
    return f"{what}, version {newest.version}, by {newest.signed_by} on {newest.at:%Y-%m-%d %H:%M %Z}{reason}"


def version_lines(file: CaseFile) -> tuple[str, ...]:
    """Give a line for each signed state of a report, the newest first; none where a final report is the only one."""
    if len(file.versions) < 2 and file.final is not None:
        return ()
    return tuple(version_line(item) for item in reversed(file.versions))


def version_line(version: ReportVersion) -> str:
    """Say of a version what it is, who signed it when, why, and over which text."""
    signed = f"by {version.signed_by} on {version.at:%Y-%m-%d %H:%M %Z}"
    why = f"; reason: {version.reason}" if version.reason else ""
    before = f", supersedes {version.supersedes[:12]}" if version.supersedes else ""
    what = f"Version {version.version}, {STATUSES[version.status]}"
    return f"{what}, {signed}{why} (text {version.text_digest[:12]}{before})"
