"""The case as it arrives: order, study, images, priors. No pixel and no patient's name is in here."""

from datetime import datetime
from typing import Any, Literal, get_args

from pydantic import Field, SerializerFunctionWrapHandler, model_serializer

from overread.records._record import Record
from overread.records.observations import Observation

View = Literal["PA", "AP", "LATERAL"]
Laterality = Literal["left", "right", "bilateral"]
SyntheticKind = Literal["phantom", "generated"]
"""Drawn by a recipe of ours, whose truth is known · made in another way: by a model, say."""
Sides = Literal["stated", "assumed", "withheld"]
"""Whether left and right follow from the header, from the usual hanging alone, or cannot be told."""
Aside = Literal["derived", "processing", "split", "localizer", "other_part", "other_modality"]
"""Why an image is read only where there is no better one, the gravest last."""
ASIDE: tuple[Aside, ...] = get_args(Aside)
Priority = Literal["STAT", "urgent", "routine"]
ReportOrigin = Literal["signed_here", "sent", "folder", "structured_report"]
"""Where a prior's report is from: signed on this machine, given by whoever sent the prior, lying in its folder as text,
or as a DICOM structured report."""
PriorRefusalReason = Literal[
    "another_patient",
    "not_confirmed",
    "later",
    "the_study_itself",
    "the_same_pixels",
    "given_twice",
    "wrong_modality",
    "wrong_body_part",
    "no_frontal_view",
    "too_few_pixels",
    "several_patients",
    "several_studies",
    "unreadable",
]


class Order(Record):
    """What the referring provider asked for."""

    accession_number: str | None = None
    indication: str | None = None
    question: str | None = None
    priority: Priority = "routine"
    requested_procedure: str | None = None
    observations: tuple[Observation, ...] = Field(default=(), max_length=64)
    """What was measured of the patient; only the tool `prognosis` sees it: no prompt and no report holds it."""

    @model_serializer(mode="wrap")
    def _as_before(self, dump: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """Leave observations out where there are none, so that an order of before keeps its digest."""
        data: dict[str, Any] = dump(self)
        if not self.observations:
            data.pop("observations", None)
        return data


class Spacing(Record):
    """Millimetres per pixel, and what they mean (DICOM PS3.3 10.7.1.3)."""

    row_mm: float = Field(gt=0)
    column_mm: float = Field(gt=0)
    source: Literal["PixelSpacing", "ImagerPixelSpacing"]
    calibrated: bool
    """True in the plane of the patient: for `PixelSpacing`, and where the header states the magnification."""
    magnification: float | None = Field(default=None, gt=1)
    """Factor that the header states and that was divided out of the spacing at the imager plane."""


class Hanging(Record):
    """How a stored picture was turned to be shown with the patient's head up and, in a frontal view, right at left."""

    stated: str | None = Field(default=None, max_length=64, pattern="^[ -~]+$")
    """PatientOrientation (PS3.3 C.7.6.1.1.1) as the header has it, its printable ASCII characters."""
    transposed: bool = False
    """Rows and columns were exchanged, before the rest."""
    mirrored: bool = False
    """The order of the columns was reversed."""
    upended: bool = False
    """The order of the rows was reversed."""
    sides: Sides = "assumed"


Point = tuple[float, float, float]
"""Millimetres along x (to the patient's left), y (to the back) and z (to the head), PS3.3 C.7.6.2.1.1."""


class Slice(Record):
    """A cross-section of CT: where the pixels of the picture as shown lie in the patient, and what their values are."""

    position: Point
    """Centre of the first pixel, top left in the picture as shown."""
    row: Point
    """Unit vector along a row, towards higher columns."""
    column: Point
    """Unit vector along a column, towards higher rows."""
    thickness_mm: float | None = Field(default=None, gt=0)
    """Slice Thickness as the header has it: told, and never taken for the distance of slices."""
    kernel: str | None = Field(default=None, max_length=32)
    """Convolution Kernel."""
    localizer: bool = False
    """The header calls it a localizer: a projection, no cross-section."""
    hounsfield: bool = False
    """Stored values come out in Hounsfield units (C.8.2.1): by slope and intercept, no other unit named."""
    frame_of_reference: str | None = Field(default=None, max_length=64, pattern=r"^[0-9.]+$")
    """Frame of Reference UID: slices of one can be placed together. None where the header has none that is usable."""


class ImageRef(Record):
    """One frame as it is shown; its pixels are kept apart under `pixels_digest`."""

    sop_instance_uid: str
    frame: int = Field(default=1, ge=1)
    rows: int = Field(gt=0)
    columns: int = Field(gt=0)
    view: View | None = None
    view_source: Literal["header", "pixels"] | None = None
    laterality: Laterality | None = None
    photometric: str
    spacing: Spacing | None = None
    window: str
    """How stored values became shown ones, such as `VOI LUT 1 of 2` or `full range`."""
    hanging: Hanging | None = None
    """None for a plain picture, and for one that was read before pictures were hung by their header."""
    aside: Aside | None = None
    """Why it is read only where there is no better one; None for an image that is meant to be read."""
    pixels_digest: str
    """SHA-256 of the 8-bit picture as shown, the key of the pixel store."""
    greys_digest: str | None = Field(default=None, pattern="^[0-9a-f]{64}$")
    """Key of its stored values; None where the picture is all there is: 8 bits as stored, colour, or an older read."""
    # Left out where there is none: what was kept of a radiograph stays the same to the byte.
    slice: Slice | None = Field(default=None, exclude_if=lambda value: value is None)
    """Where it lies in the patient, of a CT slice whose header says so."""

    @property
    def sides(self) -> Sides:
        """Say what left and right in this picture rest on; nothing may be placed on a side where they are withheld."""
        return self.hanging.sides if self.hanging else "assumed"


class Series(Record):
    """One series as read, a frame an image; of plain pictures the UID is derived from their content."""

    uid: str
    modality: str
    body_part: str | None = None
    images: tuple[ImageRef, ...]


def _rank(aside: Aside | None) -> int:
    return 0 if aside is None else 1 + ASIDE.index(aside)


class Study(Record):
    """One study of one patient, known only by a keyed hash."""

    uid: str
    patient_key: str | None = None
    """Keyed hash of issuer and PatientID; None when the input names no patient."""
    study_date: str | None = None
    """YYYYMMDD (DICOM DA), or None."""
    study_time: str | None = None
    """HHMMSS (DICOM TM without its fraction), or None: it tells two studies of one day apart."""
    age_years: float | None = None
    sex: Literal["F", "M", "O"] | None = None
    source: Literal["dicom", "image"]
    synthetic: bool = False
    """True when the header says that a picture is a phantom, or synthetic in another way."""
    generated: bool = False
    """True when a picture is synthetic and no phantom: nobody was measured on such pictures, so nobody has a vote."""
    series: tuple[Series, ...]

    @property
    def images(self) -> tuple[ImageRef, ...]:
        """Give the images of all series, in the order of the series."""
        return tuple(image for series in self.series for image in series.images)

    @property
    def greys_digests(self) -> frozenset[str]:
        """Give the keys of the stored values that are kept of the images."""
        return frozenset(image.greys_digest for image in self.images if image.greys_digest)

    @property
    def frontals(self) -> tuple[ImageRef, ...]:
        """Give the images that chest tools may read, the best first.

        What is meant to be read comes before what is set aside, then PA before AP before an unknown view.
        """
        views = ("PA", "AP", None)
        found = [image for image in self.images if image.view in views]
        return tuple(sorted(found, key=lambda image: (_rank(image.aside), views.index(image.view))))

    @property
    def frontal(self) -> ImageRef | None:
        """Give the image that the chest tools read unless its pixels are refused: the best by its header."""
        return next(iter(self.frontals), None)

    def image(self, sop_instance_uid: str, frame: int = 1) -> ImageRef | None:
        """Find an image by its UID and frame (from 1); None when the study has none such."""
        for image in self.images:
            if image.sop_instance_uid == sop_instance_uid and image.frame == frame:
                return image
        return None


class Prior(Record):
    """An earlier study of the same patient, with its report where one is known."""

    study: Study
    report: str | None = None
    """Plain text as signed, to be shown and to be read by the labeler; it reaches no model and leaves in no export."""
    report_origin: ReportOrigin | None = None
    """Where the report is from; None without one. Who signed it is not kept."""
    report_case_id: str | None = None
    """The case whose signed report it is, when it was signed here."""
    origin: Literal["sent", "store"] = "sent"
    """Whether it was sent with the study, or found among the studies that were read on this machine."""
    stated: bool = False
    """True when its sender stated that it is an earlier study of this patient, which no header confirms."""


class PriorRefused(Record):
    """A prior that was sent and is not used; nothing of it is kept but this."""

    number: int | None = Field(default=None, ge=1)
    """Its place among the priors as they were sent; None for one that was found on this machine."""
    reason: PriorRefusalReason
    message: str
    """One sentence without a value of a patient."""


class SignedRead(Record):
    """A signed report of the same study, as it is on file."""

    case_id: str
    signed_by: str
    signed_at: datetime
    draft_digest: str
    """Of the draft that was signed."""


StudyChange = Literal[
    "another_patient",
    "another_issuer",
    "patient_data",
    "further_image",
    "other_pixels",
    "image_header",
    "study_data",
    "order",
    "prior",
    "prior_report",
    "profile",
    "program",
]
"""What may be new in a study that is sent again. `another_issuer` is one patient ID of two issuers, and no more."""


class Follows(Record):
    """What was on file of a study when more of it, or another header, came in, and what this read makes of that."""

    replaces: str | None = None
    """Case id of the read without a signature that this one takes the place of."""
    addendum_to: SignedRead | None = None
    """The report that stands as it was signed, and that this read adds to."""
    changed: tuple[str, ...] = ()
    """What is new or another, in words without a value of a patient."""
    raised: tuple[str, ...] = ()
    """Critical results of the read before, in words."""


class Case(Record):
    """Everything known before a model looks."""

    case_id: str
    profile: str
    order: Order = Order()
    study: Study
    priors: tuple[Prior, ...] = ()
    priors_refused: tuple[PriorRefused, ...] = ()
    """What was sent as a prior and is not used; each is among `input_notes` too."""
    input_notes: tuple[str, ...] = ()
    """What reading the input had to leave out or could not decide, in plain words."""
    follows: Follows | None = None
    """The read of the same study before this one; None for the first."""

    @property
    def identity_alerts(self) -> tuple[str, ...]:
        """Give what must be said aloud wherever the case is shown: something of another patient was sent with it."""
        return tuple(dict.fromkeys(item.message for item in self.priors_refused if item.reason == "another_patient"))
