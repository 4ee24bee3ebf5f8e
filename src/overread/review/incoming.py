"""A new case from the page: its file is streamed into the store's own folder, read in, drafted in the background."""

import base64
import binascii
import contextlib
import json
import secrets
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from fastapi import FastAPI, HTTPException, Request
from fastapi.responses import JSONResponse
from pydantic import ValidationError
from starlette.background import BackgroundTask
from starlette.concurrency import run_in_threadpool

from overread.admission import Refused
from overread.errors import OverreadError, Unreadable
from overread.reading_room import ReadingRoom
from overread.records import Order
from overread.review.access import Access
from overread.review.guard import cookies_of
from overread.review.permission import granted
from overread.testing.phantoms import PlacedFinding, sample_recipe, write_study

ORDER_HEADER = "x-overread-order"
"""The order as base64 of JSON. A page of another site cannot set it without a preflight that is never answered."""
PHANTOM = sample_recipe(
    2031,
    view="PA",
    supine=False,
    flipped=False,
    findings=(
        PlacedFinding(label="Pleural Effusion", laterality="right", severity="large"),
        PlacedFinding(label="Cardiomegaly", severity="large"),
    ),
)
"""What is offered to who has no case yet: its header and its sides say that it is synthetic."""
SUFFIXES = (".dcm", ".zip", ".png", ".jpg", ".jpeg")


class Incoming:
    """Takes one file a request; nothing of it stays outside the store, and nothing of the order is in an address."""

    def __init__(self, room: ReadingRoom, access: Access) -> None:
        self._room = room
        self._access = access

    def add_to(self, app: FastAPI) -> None:
        """Answer `POST /cases/new` and `POST /cases/phantom` of an app."""
        app.post("/cases/new")(self.receive)
        app.post("/cases/phantom")(self.phantom)

    async def receive(self, request: Request) -> JSONResponse:
        """Answer with the case's id, or with the reason why there is none."""
        self._may_add(request)
        order, suffix = _order(request.headers.get(ORDER_HEADER))
        path = self._folder() / f"{secrets.token_hex(16)}{suffix}"
        try:
            await self._save(request.stream(), path)
            answer = await run_in_threadpool(self._take_in, path, order)
        finally:
            path.unlink(missing_ok=True)
        return self._answer(answer)

    async def phantom(self, request: Request) -> JSONResponse:
        """Draw the one phantom study, take it in and read it; the answer is that of any other case."""
        self._may_add(request)
        return self._answer(await run_in_threadpool(self._take_in_phantom))

    def _may_add(self, request: Request) -> None:
        """Let who may add a case pass; 401 for nobody, 403 for who may not."""
        reader = self._access.reader(cookies_of(request.headers), request.headers)
        if reader is None:
            raise HTTPException(401)
        if granted(self._room, self._access, reader, "add") is None:
            raise HTTPException(403)

    def _folder(self) -> Path:
        folder = self._room.home.root / "incoming"
        folder.mkdir(mode=0o700, exist_ok=True)
        return folder

    def _answer(self, told: dict[str, Any]) -> JSONResponse:
        case_id = told.get("case_id")
        return JSONResponse(told, background=BackgroundTask(self._read, case_id) if case_id else None)

    def _take_in_phantom(self) -> dict[str, Any]:
        with tempfile.TemporaryDirectory(dir=self._folder()) as name:
            write_study(Path(name), PHANTOM)
            return self._take_in(Path(name), Order(indication="A synthetic study, to try this page"))

    async def _save(self, stream: AsyncIterator[bytes], path: Path) -> None:
        """Write the body to a file; 413 as soon as it passes the limit."""
        left = self._room.services.settings.limits.file_bytes
        with path.open("xb") as file:
            async for chunk in stream:
                left -= len(chunk)
                if left < 0:
                    raise HTTPException(413)
                file.write(chunk)

    def _take_in(self, path: Path, order: Order) -> dict[str, Any]:
        try:
            admitted = self._room.take_in([path], order=order)
        except Unreadable as error:
            return {"refusal": error.reason, "detail": error.detail, "next_step": error.next_step}
        except OverreadError as error:
            return {"refusal": "unreadable", "detail": str(error), "next_step": "Try again."}
        if isinstance(admitted, Refused):
            return admitted.refusal.model_dump(include={"detail", "next_step"}) | {"refusal": admitted.refusal.reason}
        return {"case_id": admitted.case.case_id}

    def _read(self, case_id: str) -> None:
        # What went wrong is in the case file, and so in the worklist.
        with contextlib.suppress(OverreadError):
            self._room.read(case_id)


def _order(sent: str | None) -> tuple[Order, str]:
    """Read order and file suffix from the header; 400 when they are not there or not an order."""
    try:
        said = json.loads(base64.b64decode(sent or "", validate=True))
        suffix = str(said.pop("suffix")).lower()
        order = Order.model_validate(said)
    except (binascii.Error, ValueError, KeyError, AttributeError, TypeError, ValidationError):
        raise HTTPException(400) from None
    return order, suffix if suffix in SUFFIXES else ""
