"""What a page may send: closed, bounded, and turned into a Review whose digest and time come from the server."""

from datetime import datetime
from typing import Annotated, Any, Literal, TypeVar

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from overread.errors import UsageError
from overread.records import (
    AddedFinding,
    Case,
    ConflictResolution,
    FindingReview,
    Laterality,
    Locator,
    Meaning,
    NotTold,
    Region,
    Review,
    StatementReview,
    Status,
    ToldHow,
    ZoneName,
)
from overread.records.signing import Digest
from overread.review.access import Reader
from overread.review.pictures import images_of
from overread.signing import Addition, Amendment
from overread.store.list_query import ListQuery

CaseId = Annotated[str, Field(pattern=r"^c-[0-9a-f]{8,64}$")]
Name = Annotated[str, Field(max_length=120)]
Remark = Annotated[str, Field(max_length=4000)]
FormT = TypeVar("FormT", bound="Form")


class Form(BaseModel):
    """What may be sent: closed, and stripped of blanks around it."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)


class CaseForm(Form):
    """What is about one case."""

    case_id: CaseId


class ListForm(Form):
    """What a page asks of the worklist."""

    query: ListQuery = ListQuery()
    names: bool = False
    """Whether patients are named, and so searched and sorted by name."""
    mark: str | None = Field(default=None, max_length=64)
    """Of the list as the page has it; the same mark is answered with nothing new."""


class NeighboursForm(Form):
    """The open case, whose neighbours in a list are asked for."""

    case_id: CaseId
    query: ListQuery = ListQuery()
    names: bool = False


class CasesForm(Form):
    """Several cases of the list."""

    cases: tuple[CaseId, ...] = Field(min_length=1, max_length=1000)


class HoldForm(Form):
    """A case that is open on a page."""

    case_id: CaseId


class AssignForm(Form):
    """Cases, each with who had it when the page was drawn (None: nobody), and what to do with them."""

    action: Literal["take", "give_back", "assign"]
    cases: tuple[tuple[CaseId, Name | None], ...] = Field(min_length=1, max_length=1000)
    to: Annotated[str, Field(min_length=1, max_length=120)] | None = None


class SeenForm(Form):
    """Up to which notice a reader has seen what others did with their cases."""

    until: int = Field(ge=1)


class OpenForm(CaseForm):
    """The case that a page asks to open."""


class StatementForm(Form):
    """What was decided on one statement; whether text and reason are there is for `review_of` to tell."""

    statement_id: str = Field(max_length=80)
    action: Literal["accept", "edit", "reject"]
    text: Remark | None = None
    reason: Remark | None = None


class NotToldForm(Form):
    """Why a critical result is told to nobody."""

    alert_id: str = Field(max_length=80)
    reason: Remark


class PlaceForm(Form):
    """A region that was drawn, in pixels of a picture of the page."""

    picture: int = Field(ge=0, le=10_000)
    """Number of the picture, as its address has it."""
    region: Region


class _PlacedForm(Form):
    laterality: Laterality | None = None
    zone: ZoneName | None = None
    place: PlaceForm | None = None
    reason: Remark | None = None


class FindingForm(_PlacedForm):
    """What a finding of the draft is by the reviewer."""

    finding_id: str = Field(max_length=80)
    status: Status


class AddedForm(_PlacedForm):
    """A finding that the reviewer adds."""

    label: str = Field(max_length=80)
    status: Literal["present", "uncertain"] = "present"


class ResolutionForm(Form):
    """What settles a conflict."""

    conflict_id: str = Field(max_length=80)
    reason: Remark | None = None


class DecisionsForm(Form):
    """All that was decided on one draft so far; nothing of it has to be whole."""

    statements: tuple[StatementForm, ...] = Field(default=(), max_length=500)
    findings: tuple[FindingForm, ...] = Field(default=(), max_length=100)
    added: tuple[AddedForm, ...] = Field(default=(), max_length=50)
    resolutions: tuple[ResolutionForm, ...] = Field(default=(), max_length=500)


class SignatureForm(Form):
    """What a signature says beside the name; `secret` is the password, or the name typed once more."""

    meaning: Meaning | None = None
    text_digest: Digest | None = None
    """Of the text that the page showed."""
    secret: Annotated[str, StringConstraints(strip_whitespace=False, max_length=1024)] = ""


class DecisionForm(DecisionsForm, SignatureForm):
    """A decision as sent; `token` is the seal that the page of this case was given."""

    token: str = Field(max_length=128)
    preliminary: bool = False
    """A signature that leaves the draft waiting for another."""
    hurried: Remark | None = None
    """Why it is signed faster than it can be read."""
    decision: Literal["sign", "revise", "reject"]
    reviewer: Name
    role: Literal["radiologist", "registrar"]
    comment: Remark | None = None
    not_told: tuple[NotToldForm, ...] = Field(default=(), max_length=50)


class ToSignForm(DecisionsForm):
    """A signature that is about to be asked for: everything of it but who confirms it."""

    case_id: CaseId
    draft_digest: Digest
    reviewer: Name
    role: Literal["radiologist", "registrar"]
    not_told: tuple[NotToldForm, ...] = Field(default=(), max_length=50)


class FollowingForm(Form):
    """What is to follow a signed report: words to add, or sentences in other words (none: taken out) and why."""

    addition: Remark | None = None
    words: dict[Annotated[str, Field(max_length=40)], Remark] = Field(default={}, max_length=500)
    reason: Remark | None = None


class ToFollowForm(FollowingForm):
    """A further version that is about to be signed."""

    case_id: CaseId


class FollowForm(FollowingForm, SignatureForm):
    """A further version as signed; `token` is the seal of the report that the page showed."""

    token: str = Field(max_length=128)
    reviewer: Name
    role: Literal["radiologist", "registrar"]


class AcknowledgeForm(Form):
    """Who was told of a critical result; what is empty is for the server to fill in, or to refuse."""

    case_id: CaseId
    alert_id: str = Field(max_length=80)
    told: Name
    how: ToldHow
    read_back: bool
    told_at: AwareDatetime | None = None
    found_at: AwareDatetime | None = None
    remark: Remark | None = None
    by: Name | None = None


class SoFarForm(Form):
    """What an open page holds of a draft that is not decided yet."""

    case_id: str = Field(pattern=r"^c-[0-9a-f]{8,64}$")
    draft_digest: str = Field(pattern=r"^[0-9a-f]{64}$")
    decisions: DecisionsForm = DecisionsForm()


def read_form(kind: type[FormT], sent: Any) -> FormT:
    """Validate what was sent; raises `UsageError` with the field that is wrong."""
    try:
        return kind.model_validate(sent)
    except ValidationError as error:
        raise UsageError(f"the request is not complete: {_first(error)}") from None


def review_of(form: DecisionForm, reader: Reader, case: Case, draft_digest: str, at: datetime) -> Review:
    """Make the review of a form; a login that knows the person's name and role overrules the form's."""
    signs = form.decision == "sign"
    try:
        return Review(
            reviewer=reader.name or form.reviewer,
            role=reader.role or form.role,
            decision=form.decision,
            comment=form.comment or None,
            draft_digest=draft_digest,
            at=at,
            not_told=tuple(NotTold(**item.model_dump()) for item in form.not_told),
            meaning=form.meaning if signs else None,
            text_digest=form.text_digest if signs else None,
            over="shown" if signs else None,
            hurried=(form.hurried or None) if signs else None,
            **_decisions(form, case),
        )
    except ValidationError as error:
        raise UsageError(f"the review is not complete: {_first(error)}") from None


def review_to_sign(form: ToSignForm, reader: Reader, case: Case, at: datetime) -> Review:
    """Make the review whose text a signature would be over; raises `UsageError` for what is not whole."""
    try:
        return Review(
            reviewer=reader.name or form.reviewer,
            role=reader.role or form.role,
            decision="sign",
            draft_digest=form.draft_digest,
            at=at,
            not_told=tuple(NotTold(**item.model_dump()) for item in form.not_told),
            **_decisions(form, case),
        )
    except ValidationError as error:
        raise UsageError(f"the review is not complete: {_first(error)}") from None


def change_of(form: FollowingForm) -> Addition | Amendment:
    """Say what is to follow a signed report; raises `UsageError` where it is both, or nothing."""
    if (form.addition is None) == (not form.words):
        raise UsageError("say what is added, or which sentences are put right")
    return Amendment(form.words, form.reason or "") if form.addition is None else Addition(form.addition)


def review_so_far(sent: SoFarForm, reader: Reader, case: Case, at: datetime) -> Review:
    """Make the review that a page holds up to now: what is not whole yet is left out, or has no reason yet."""
    form = sent.decisions
    whole = form.model_copy(
        update={
            "statements": tuple(_reasoned(item) for item in form.statements if item.action != "edit" or item.text),
            "findings": tuple(_reasoned(item) for item in form.findings),
            "resolutions": tuple(item for item in form.resolutions if item.reason),
        }
    )
    try:
        return Review(
            reviewer=reader.name or "reviewer",
            decision="sign",
            draft_digest=sent.draft_digest,
            at=at,
            **_decisions(whole, case),
        )
    except ValidationError as error:
        raise UsageError(_first(error)) from None


def _reasoned(item: FormT) -> FormT:
    return item if getattr(item, "reason", None) else item.model_copy(update={"reason": "not given yet"})


def _decisions(form: DecisionsForm, case: Case) -> dict[str, Any]:
    return {
        "statements": tuple(StatementReview(**item.model_dump()) for item in form.statements),
        "findings": tuple(FindingReview(**_placed(item, case), reason=item.reason or "") for item in form.findings),
        "added": tuple(AddedFinding(**_placed(item, case), reason=item.reason) for item in form.added),
        "resolutions": tuple(
            ConflictResolution(conflict_id=item.conflict_id, reason=item.reason or "") for item in form.resolutions
        ),
    }


def _placed(item: _PlacedForm, case: Case) -> dict[str, Any]:
    """Name the image of a region by its SOP Instance UID; the page knows pictures by their numbers alone."""
    told = item.model_dump(exclude={"place", "reason"})
    if item.place is None:
        return told
    images = images_of(case)
    if item.place.picture >= len(images):
        raise UsageError(f"the case has no picture {item.place.picture}")
    image = images[item.place.picture][1]
    where = Locator(sop_instance_uid=image.sop_instance_uid, frame=image.frame, region=item.place.region)
    return {**told, "place": where}


def _first(error: ValidationError) -> str:
    first = error.errors()[0]
    where = ".".join(str(part) for part in first["loc"])
    words = str(first["msg"]).removeprefix("Value error, ")
    return f"{where}: {words}" if where else words
