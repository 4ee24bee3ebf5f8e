"""How the page is used and what it means, at an address of its own: behind the login, without any case."""

from collections.abc import Mapping

from fastapi import FastAPI, HTTPException, Request
from fastapi.responses import HTMLResponse, Response

from overread.ports import Tool
from overread.records import CaseStatus
from overread.review.access import Access
from overread.review.guard import cookies_of
from overread.review.rendering import render_help
from overread.review.worklist_page import STATUS_WORDS

ADDRESS = "/help"
MEANINGS: dict[CaseStatus, str] = {
    "received": "It is in the store; nothing has looked at it yet.",
    "running": "The models look at it. A critical finding is told before they are done.",
    "refused": "The gate did not let it through: the case says why, and what to do.",
    "awaiting_review": "There is a draft. It waits for a person, as long as it takes.",
    "signed": "A person answers for the report. Further words are an addendum.",
    "rejected": "A person refused the draft. It stays on file with its evidence, and there is no report.",
    "failed": "Reading broke off. What was seen until then is kept; send the study again.",
    "replaced": "The study was read again, with more images or another order. This read is not to be signed.",
}
"""What each state means to a reader, in the order of the worklist."""


class HelpRoutes:
    """Answers one address, the same for everybody who is signed in."""

    def __init__(self, tools: Mapping[str, Tool], access: Access, version: str) -> None:
        self._tools = tuple((name, tool.card.describe) for name, tool in sorted(tools.items()))
        self._access = access
        self._version = version

    def add_to(self, app: FastAPI) -> None:
        """Answer the address of an app."""
        app.get(ADDRESS)(self.page)

    def page(self, request: Request) -> Response:
        """Give the page; 401 for nobody."""
        if self._access.reader(cookies_of(request.headers), request.headers) is None:
            raise HTTPException(401)
        statuses = tuple((STATUS_WORDS[status], meaning) for status, meaning in MEANINGS.items())
        return HTMLResponse(render_help(statuses, self._tools, self._version))
