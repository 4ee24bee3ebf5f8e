"""Our own addresses beside Gradio's: the page's files, pixels and masks."""

from importlib.resources import files
from pathlib import Path

from fastapi import FastAPI, HTTPException, Request
from fastapi.responses import FileResponse, Response

from overread.errors import CaseUnknown, StoreError
from overread.reading_room import ReadingRoom
from overread.records import CaseFile, Drawn, ImageRef
from overread.review.access import Access, Reader
from overread.review.first_reading import is_hidden, veiled
from overread.review.guard import cookies_of
from overread.review.permission import granted
from overread.review.pictures import images_of
from overread.review.static_files import KINDS, address, names
from overread.store.pictures import PictureFolder


class Routes:
    """Each answer asks the access again, whatever the guard let through."""

    def __init__(self, room: ReadingRoom, access: Access) -> None:
        self._room = room
        self._access = access

    def add_to(self, app: FastAPI) -> None:
        """Answer the GET addresses of scripts and styles, pictures and masks of an app."""
        app.get("/review/{name}")(self.static)
        app.get(address() + "/{name}")(self.static)
        app.get("/picture/{case_id}/{number}")(self.picture)
        app.get("/preview/{case_id}/{number}")(self.preview)
        app.get("/values/{case_id}/{number}")(self.values)
        app.get("/mask/{case_id}/{evidence_id}")(self.mask)

    def static(self, name: str) -> Response:
        """Give one of the page's own scripts or its style sheet."""
        if name not in names():
            raise HTTPException(404)
        source = files("overread.review") / "static" / name
        return FileResponse(str(source), media_type=KINDS[Path(name).suffix])

    def picture(self, request: Request, case_id: str, number: int) -> Response:
        """Give one picture of a case by its place in the case."""
        return _png(self._room.home.pictures, self._image(request, case_id, number).pixels_digest)

    def preview(self, request: Request, case_id: str, number: int) -> Response:
        """Give the same picture small, to stand there until its values have come."""
        digest = self._image(request, case_id, number).pixels_digest
        try:
            return Response(self._room.home.pictures.preview(digest), media_type="image/jpeg")
        except StoreError:
            raise HTTPException(410) from None

    def values(self, request: Request, case_id: str, number: int) -> Response:
        """Give the stored values of one picture, as `store.greys` packs them."""
        digest = self._image(request, case_id, number).greys_digest
        if digest is None:
            raise HTTPException(404)
        try:
            packed = self._room.home.pictures.greys(digest)
        except StoreError:
            raise HTTPException(410) from None
        return Response(packed, media_type="application/octet-stream", headers={"content-encoding": "gzip"})

    def mask(self, request: Request, case_id: str, evidence_id: str) -> Response:
        """Give the mask or the map that one piece of evidence is."""
        evidence = self._shown(request, case_id).evidence
        found = next((item.payload for item in evidence if item.id == evidence_id), None)
        if not isinstance(found, Drawn):
            raise HTTPException(404)
        return _png(self._room.home.artifacts, found.digest)

    def _image(self, request: Request, case_id: str, number: int) -> ImageRef:
        images = images_of(self._file(request, case_id).case)
        if not 0 <= number < len(images):
            raise HTTPException(404)
        return images[number][1]

    def _shown(self, request: Request, case_id: str) -> CaseFile:
        """Give the case's file as far as it is shown to who asks."""
        file, reader = self._file(request, case_id), self._reader(request)
        return veiled(file) if reader is None or is_hidden(self._room, reader, case_id) else file

    def _file(self, request: Request, case_id: str) -> CaseFile:
        """Give the case's file to those who may read it; to all others there is no such case."""
        if granted(self._room, self._access, self._reader(request), "read", case_id) is None:
            raise HTTPException(404)
        try:
            return self._room.file(case_id)
        except CaseUnknown:
            raise HTTPException(404) from None

    def _reader(self, request: Request) -> Reader | None:
        return self._access.reader(cookies_of(request.headers), request.headers)


def _png(folder: PictureFolder, digest: str) -> Response:
    """Answer with stored pixels; gone (410) when they are not kept any more."""
    try:
        return Response(folder.png(digest), media_type="image/png")
    except StoreError:
        raise HTTPException(410) from None
