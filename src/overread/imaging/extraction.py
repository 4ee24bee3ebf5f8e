"""Turn input files into pieces on the wire: what the reader's child process does, once its limits are set."""

import io
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import BinaryIO

from pydicom import config
from pydicom.dataset import Dataset
from pydicom.uid import UID

from overread.errors import Unreadable
from overread.imaging import archive, dicom_file
from overread.imaging.bare_file import Completed, completed
from overread.imaging.display import Display
from overread.imaging.hanging import hanging_of, hung
from overread.imaging.header import identifier_of
from overread.imaging.header_values import text_of
from overread.imaging.instance import Told, instance_of
from overread.imaging.multi_frame import frames_of, is_multi_frame_ct, shown_frames
from overread.imaging.projection import view_of
from overread.imaging.quality import POLARITY_SUSPICIOUS, polarity
from overread.imaging.raster import read_raster
from overread.imaging.report_text import REPORT_NAMES, is_structured_report, structured_report, text_report
from overread.imaging.slices import axial_hanging, slice_of
from overread.imaging.wire_format import LINES_FILE, Begin, Frame, Instance, Piece, Raster, Request, Setback, Skipped
from overread.records import Hanging

TOO_MUCH_MEMORY = Unreadable(
    "too_large", "it claims or needs more memory than one input may use", "Check the file, or raise limits.memory_bytes"
)
NO_MEANING = "It is damaged, or not a DICOM, PNG, JPEG or zip file"
NO_PREAMBLE = Unreadable(
    "unreadable",
    "it begins like DICOM without a preamble, and does not read as DICOM",
    "Send it again from the archive",
)
POLARITY_NOTE = "The grey levels look inverted (air brighter than tissue); the picture is shown as its header says."


def extract(request: Request, scratch: Path) -> None:
    """Read every file of the request; one JSON line for each thing found, one raw file for each picture."""
    warnings.simplefilter("ignore")
    config.settings.reading_validation_mode = config.IGNORE
    with (scratch / LINES_FILE).open("w", encoding="utf-8") as lines:

        def write(line: Begin | Piece) -> None:
            lines.write(line.model_dump_json() + "\n")
            lines.flush()

        extractor = Extractor(request, scratch, write)
        for index, source in enumerate(request.files):
            write(Begin(index=index))
            with open(source.path, "rb") as file:
                extractor.read(source.name, file, nested=False)


class Extractor:
    """Reads files one after another, keeping count of pictures."""

    def __init__(self, request: Request, scratch: Path, write: Callable[[Piece], None]) -> None:
        self._limits = request.limits
        self._scratch = scratch
        self._write = write
        self._frames_left = request.frames_left
        self._slices_left = request.slices_left
        self._as_report = request.as_report
        self._pictures = 0

    def read(self, name: str, file: BinaryIO, *, nested: bool) -> None:
        """Read one file and write what came of it, whatever that is."""
        headers: dict[str, str] = {}
        try:
            self._dispatch(name, file, headers, nested=nested)
        except Unreadable as error:
            self._set_back(name, headers, error)
        except MemoryError:
            self._set_back(name, headers, TOO_MUCH_MEMORY)
        # The border of the process: decoders raise anything on hostile bytes, and their words may quote the patient.
        except Exception:  # noqa: BLE001
            reason = "corrupt_pixels" if headers else "unreadable"
            detail = "its pixels cannot be decoded" if headers else "it cannot be read"
            self._set_back(name, headers, Unreadable(reason, detail, NO_MEANING))

    def _dispatch(self, name: str, file: BinaryIO, headers: dict[str, str], *, nested: bool) -> None:
        start = file.read(132)
        file.seek(0)
        if start[128:132] == b"DICM":
            self._dicom(name, file, headers)
        elif self._as_report or name.lower() in REPORT_NAMES:
            self._write(text_report(name, file))
        elif start.startswith(b"\x89PNG\r\n\x1a\n"):
            self._raster(name, file, "PNG")
        elif start.startswith(b"\xff\xd8\xff"):
            self._raster(name, file, "JPEG")
        elif start.startswith(b"PK\x03\x04") and not nested:
            for member, content in archive.members(file, self._limits):
                self.read(member, io.BytesIO(content), nested=True)
        elif not start or start.startswith(b"PK\x05\x06"):
            raise Unreadable("empty_input", "it is empty", "Send it again")
        elif (whole := completed(file)) is not None:
            self._bare_dicom(name, whole, headers)
        else:
            what = "it is an archive inside an archive" if start.startswith(b"PK") else "its kind is not known"
            raise Unreadable("unreadable", what, "Give a DICOM, PNG, JPEG or zip file")

    def _raster(self, name: str, file: BinaryIO, kind: str) -> None:
        if not self._frames_left:
            self._write(Skipped(name=name, what="a picture beyond the number that is shown"))
            return
        display = read_raster(file, kind, self._limits)
        notes = (*display.notes, *_polarity(display))
        self._write(Raster(name=name, frame=self._frame(1, display), synthetic=display.synthetic, notes=notes))

    def _bare_dicom(self, name: str, whole: Completed, headers: dict[str, str]) -> None:
        """Read a file without preamble, or say that the want of one is why it cannot be read."""
        try:
            opened = dicom_file.open_header(whole.file)
        except Unreadable:
            raise
        except Exception as error:
            raise NO_PREAMBLE from error
        kind = UID(text_of(opened.dataset, "SOPClassUID"))
        if not (kind and kind.is_valid) and not text_of(opened.dataset, "Rows"):
            raise NO_PREAMBLE
        self._dicom(name, whole.file, headers, whole.note)

    def _dicom(self, name: str, file: BinaryIO, headers: dict[str, str], note: str = "") -> None:
        opened = dicom_file.open_header(file)
        if is_structured_report(opened.dataset):
            self._write(structured_report(name, opened.dataset))
            return
        what = dicom_file.what_else(opened)
        if what is not None:
            self._write(Skipped(name=name, what=what))
            return
        headers.update(opened.headers)
        uids = [identifier_of(opened.dataset, f"{level}InstanceUID") for level in ("SOP", "Series", "Study")]
        if is_multi_frame_ct(opened.dataset):
            slices = frames_of(opened.dataset)
            unplaced = sum(slice_of(each) is None for each in slices)
            if not unplaced:
                self._slices(name, file, opened, uids, slices, note)
                return
            note = f"{note} {unplaced} of {len(slices)} frames of a CT do not say where they lie.".strip()
        place = slice_of(opened.dataset)
        if place is not None and not self._slices_left:
            self._write(Skipped(name=name, what="a CT slice beyond the number that is read", beyond=True))
            return
        if place is None and not self._frames_left:
            self._write(Skipped(name=name, what="an image beyond the number that is shown"))
            return
        view, view_note = (None, None) if place else view_of(opened.dataset)
        axial = axial_hanging(place) if place else None
        hanging, hanging_notes = (axial, ()) if axial else hanging_of(opened.dataset, view)
        most = 1 if place else self._frames_left
        geometry, shown = dicom_file.show(file, self._limits, most)
        frames: list[Frame] = []
        notes: list[str] = []
        for number, stored in enumerate(shown, start=1):
            display = _hung(stored, hanging)
            frames.append(self._frame(number, display, is_slice=place is not None))
            notes.extend(display.notes if place else (*display.notes, *_polarity(display)))
        if geometry.frames > len(frames):
            notes.append(f"Frames {len(frames) + 1} to {geometry.frames} are not shown.")
        told = Told(name, view, hanging, geometry.photometric, (note, *notes, view_note or "", *hanging_notes), place)
        self._write(instance_of(opened, uids, told, tuple(frames)))

    def _slices(
        self,
        name: str,
        file: BinaryIO,
        opened: dicom_file.Opened,
        uids: list[str],
        slices: Sequence[Dataset],
        note: str,
    ) -> None:
        """Write each frame of a multi-frame CT as a slice: all of them, or none where one cannot be decoded."""
        if len(slices) > self._slices_left:
            what = "a CT slice beyond the number that is read"
            self._write(Skipped(name=name, what=what, beyond=True, count=len(slices)))
            return
        # What was decoded counts, whatever comes of the rest: the limit also bounds what lies in the scratch folder.
        shown = shown_frames(file, opened.dataset, slices, self._limits)
        found = [
            self._slice(name, number, stored, opened._replace(dataset=header), uids, note)
            for number, (header, stored) in enumerate(zip(slices, shown, strict=True), start=1)
        ]
        for each in found:
            self._write(each)

    def _slice(
        self, name: str, number: int, stored: Display, opened: dicom_file.Opened, uids: list[str], note: str
    ) -> Instance:
        place = slice_of(opened.dataset)
        axial = axial_hanging(place) if place else None
        hanging, hanging_notes = (axial, ()) if axial else hanging_of(opened.dataset, None)
        display = _hung(stored, hanging)
        frame = self._frame(number, display, is_slice=True)
        photometric = text_of(opened.dataset, "PhotometricInterpretation").upper()
        told = Told(name, None, hanging, photometric, (note, *display.notes, *hanging_notes), place)
        return instance_of(opened, uids, told, (frame,))

    def _frame(self, number: int, display: Display, *, is_slice: bool = False) -> Frame:
        if is_slice:
            self._slices_left -= 1
        else:
            self._frames_left -= 1
        file = f"{self._pictures}.raw"
        self._pictures += 1
        display.picture.tofile(self._scratch / file)
        rows, columns = display.picture.shape
        greys = None
        if display.coded is not None:
            display.coded.codes.astype("<u2", copy=False).tofile(self._scratch / f"{file}.u16")
            greys = display.coded.greys.model_copy(update={"rows": rows, "columns": columns})
        return Frame(number=number, rows=rows, columns=columns, file=file, window=display.window, greys=greys)

    def _set_back(self, name: str, headers: dict[str, str], error: Unreadable) -> None:
        setback = Setback(
            name=name,
            reason=error.reason,
            detail=error.detail,
            next_step=error.next_step,
            headers=headers or None,
        )
        self._write(setback)


def _hung(stored: Display, hanging: Hanging) -> Display:
    kept = stored.coded and stored.coded._replace(codes=hung(stored.coded.codes, hanging))
    return stored._replace(picture=hung(stored.picture, hanging), coded=kept)


def _polarity(display: Display) -> tuple[str, ...]:
    return (POLARITY_NOTE,) if polarity(display.picture) > POLARITY_SUSPICIOUS else ()
