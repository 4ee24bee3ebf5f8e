"""The catalogue as the page's scripts read it, at an address of its own: the messages of the language spoken."""

from typing import Any

from fastapi import FastAPI, HTTPException, Request

from overread.review.access import Access
from overread.review.guard import cookies_of
from overread.review.language import Translated, speech

ADDRESS = "/words"


class WordRoutes:
    """Answers one address, by the language of each request."""

    def __init__(self, access: Access) -> None:
        self._access = access

    def add_to(self, app: FastAPI) -> None:
        """Answer the address of an app."""
        app.get(ADDRESS)(self.words)

    def words(self, request: Request) -> dict[str, Any]:
        """Give `language`, its `messages` by what is said in English, and its plural `forms`; 401 for nobody."""
        if self._access.reader(cookies_of(request.headers), request.headers) is None:
            raise HTTPException(401)
        spoken = speech()
        told: dict[str, Any] = {"language": spoken.name, "messages": {}, "forms": []}
        if isinstance(spoken, Translated):
            told |= {"messages": spoken.by_message(), "forms": spoken.plural_forms()}
        return told
