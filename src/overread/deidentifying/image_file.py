"""De-identify one DICOM image: its bytes in, other bytes out, or a refusal and nothing."""

import io
import warnings
from typing import NamedTuple

from pydicom import dcmread, dcmwrite
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.sequence import Sequence
from pydicom.uid import UID, ExplicitVRLittleEndian

from overread._version import __version__
from overread.deidentifying.dataset import Cleaner
from overread.deidentifying.dummies import DUMMY
from overread.deidentifying.options import Options
from overread.deidentifying.pixels import clean_pixels, make_plain
from overread.deidentifying.profile import EDITION
from overread.deidentifying.pseudonyms import Pseudonyms
from overread.deidentifying.records import RefusedBecause, Written
from overread.deidentifying.remaining_words import holding, words_of
from overread.deidentifying.required import requirement
from overread.errors import InputError, OverreadError, Unreadable
from overread.imaging.dicom_file import open_header, what_else
from overread.imaging.header import identifier_of
from overread.imaging.header_values import text_of
from overread.imaging.report_text import is_structured_report
from overread.imaging.stored_pixels import StoredPixels, stored_pixels
from overread.pixel_text.found import TextFinder
from overread.settings import Limits

IMPLEMENTATION = UID("2.25.146297281365530482347266203404183930245")
METHOD = (f"DICOM PS3.15 {EDITION} Annex E", f"Overread {__version__}")
BECAUSE: dict[str, RefusedBecause] = {
    "text_in_pixels": "text_in_pixels",
    "corrupt_pixels": "unsupported_pixels",
    "too_large": "unsupported_pixels",
    "unsupported_transfer_syntax": "unsupported_pixels",
}
"""Why a file could not be read, as why it is refused; all else is `unreadable`."""


class NotDeidentified(OverreadError):
    """Nothing is written of a file; `because` is a `RefusedBecause`. The message holds nothing of its content."""

    def __init__(self, because: RefusedBecause, detail: str) -> None:
        super().__init__(detail)
        self.because = because


class Deidentified(NamedTuple):
    """The object as it may leave, and what was done to it."""

    content: bytes
    written: Written


def deidentify(
    content: bytes, options: Options, pseudonyms: Pseudonyms, finder: TextFinder | None, limits: Limits
) -> Deidentified:
    """Give the object without what identifies; raises `NotDeidentified`, and writes nothing.

    The same content, options and key give the same bytes. `finder` may be None where the pixels are kept.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # they quote the values that they find fault with
            return _deidentify(content, options, pseudonyms, finder, limits)
    except Unreadable as error:
        raise NotDeidentified(BECAUSE.get(error.reason, "unreadable"), error.detail) from None
    except (NotDeidentified, InputError):
        raise
    except RecursionError:
        raise NotDeidentified("unreadable", "its sequences are too deep") from None
    except MemoryError:
        raise NotDeidentified("unreadable", "it needs too much memory") from None
    # As in `imaging.extraction`: what decoders raise on hostile bytes is anything, and its words may quote the patient.
    except Exception:  # noqa: BLE001
        raise NotDeidentified("unreadable", "it cannot be read whole") from None


def _deidentify(
    content: bytes, options: Options, pseudonyms: Pseudonyms, finder: TextFinder | None, limits: Limits
) -> Deidentified:
    if content[128:132] != b"DICM":
        raise NotDeidentified("not_dicom", "it is no DICOM file")
    with stored_pixels(content, limits, shown=finder is not None) as stored:
        # read here only once a child has read it within its limits
        _check_kind(content)
        if stored is None:
            raise NotDeidentified("no_image", "it holds no pixel data")
        return _clean(dcmread(io.BytesIO(content)), stored, options, pseudonyms, finder, limits)


def _clean(
    dataset: Dataset,
    stored: StoredPixels,
    options: Options,
    pseudonyms: Pseudonyms,
    finder: TextFinder | None,
    limits: Limits,
) -> Deidentified:
    for level in ("SOP", "Series", "Study"):
        identifier_of(dataset, f"{level}InstanceUID")
    says_text = text_of(dataset, "BurnedInAnnotation").upper() == "YES"
    if says_text and options.pixels == "keep":
        raise NotDeidentified("text_in_pixels", "its header says that text is burned into the picture")
    make_plain(dataset, stored)
    boxes = 0 if finder is None else clean_pixels(dataset, stored, finder, limits)
    words = words_of(dataset)
    cleaner = Cleaner(dataset, options, pseudonyms)
    cleaner.clean()
    _take_out(dataset, words)
    _record(dataset, options)
    stream = io.BytesIO()
    dataset.preamble = bytes(128)
    dataset.file_meta = _meta(dataset)
    dcmwrite(stream, dataset, enforce_file_format=True, implicit_vr=False, little_endian=True)
    written = Written(file=_place(dataset), boxes=boxes, **_counts(cleaner))
    return Deidentified(stream.getvalue(), written)


def _check_kind(content: bytes) -> None:
    opened = open_header(io.BytesIO(content))
    if is_structured_report(opened.dataset):
        raise NotDeidentified("structured_report", "a structured report holds free text")
    kind = what_else(opened)
    if kind is None:
        return
    sop_class = UID(
        text_of(opened.dataset, "SOPClassUID") or text_of(opened.dataset.file_meta, "MediaStorageSOPClassUID")
    )
    if sop_class.keyword == "MediaStorageDirectoryStorage":
        raise NotDeidentified("media_directory", "a media directory lists patients and file names; make a new one")
    if "Encapsulated" in sop_class.keyword:
        raise NotDeidentified("encapsulated_document", "a document inside DICOM may hold anything")
    raise NotDeidentified("no_image", f"it is {kind}, and only images are de-identified")


def _take_out(dataset: Dataset, words: frozenset[str]) -> None:
    """Take the patient's own words out of attributes that the table trusts; raise where one must keep its value."""
    for element in list(holding(dataset, words)):
        if element.keyword in ("PatientID", "PatientName"):
            continue
        if requirement(text_of(dataset, "SOPClassUID"), (element.keyword,)) == "value" and element.VR == "CS":
            raise NotDeidentified("still_identifying", f"{element.keyword} holds a word that names the patient")
        element.value = DUMMY[element.VR] if element.VR != "CS" else None


def _record(dataset: Dataset, options: Options) -> None:
    """Say in the object what was done (PS3.15 E.1.1, PS3.3 C.7.1.1 and C.12.1)."""
    dataset.PatientIdentityRemoved = "YES"
    dataset.DeidentificationMethod = list(METHOD)
    dataset.DeidentificationMethodCodeSequence = Sequence(_code(*method) for method in options.methods)
    dataset.LongitudinalTemporalInformationModified = "MODIFIED" if options.dates == "shift" else "REMOVED"
    if options.pixels == "clean":
        dataset.BurnedInAnnotation = "NO"


def _code(value: str, meaning: str) -> Dataset:
    item = Dataset()
    item.CodeValue, item.CodingSchemeDesignator, item.CodeMeaning = value, "DCM", meaning
    return item


def _meta(dataset: Dataset) -> FileMetaDataset:
    """Make new file meta information: the old one may name machines and people."""
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = dataset.SOPClassUID
    meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    meta.ImplementationClassUID = IMPLEMENTATION
    meta.ImplementationVersionName = "OVERREAD"
    return meta


def _place(dataset: Dataset) -> str:
    return f"{dataset.StudyInstanceUID}/{dataset.SeriesInstanceUID}/{dataset.SOPInstanceUID}.dcm"


def _counts(cleaner: Cleaner) -> dict[str, int]:
    return {name: cleaner.counts[name] for name in ("removed", "emptied", "replaced", "uids", "moved", "cleaned")}
