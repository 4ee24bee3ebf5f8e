"""What one browser session has open: at most one case, and the draft that was on its screen."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Session:
    """Lives in the page's own server-side state, one a tab; nothing of it is global."""

    case_id: str | None = None
    draft_digest: str | None = None
    version_digest: str | None = None
    """Of the newest version of a signed report that was on its screen."""
    versions: int = 0
    """How many signed versions of the report were known on its screen."""
