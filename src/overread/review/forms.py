"""What a page may send: closed, bounded, and turned into a Review whose digest and time come from the server."""

from datetime import datetime
from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from overread.errors import UsageError
from overread.records import Review, StatementReview
from overread.review.access import Reader

Name = Annotated[str, Field(max_length=120)]
Remark = Annotated[str, Field(max_length=4000)]
FormT = TypeVar("FormT", bound="Form")


class Form(BaseModel):
    """What may be sent: closed, and stripped of blanks around it."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)


class OpenForm(Form):
    """The case that a page asks to open."""

    case_id: str = Field(pattern=r"^c-[0-9a-f]{8,64}$")


class StatementForm(Form):
    """What was decided on one statement; whether text and reason are there is for `review_of` to tell."""

    statement_id: str = Field(max_length=80)
    action: Literal["accept", "edit", "reject"]
    text: Remark | None = None
    reason: Remark | None = None


class DecisionForm(Form):
    """A decision as sent; `token` is the seal that the page of this case was given."""

    token: str = Field(max_length=128)
    decision: Literal["sign", "revise", "reject"]
    reviewer: Name
    role: Literal["radiologist", "registrar"]
    comment: Remark | None = None
    statements: tuple[StatementForm, ...] = Field(default=(), max_length=500)


def read_form(kind: type[FormT], sent: Any) -> FormT:
    """Validate what was sent; raises `UsageError` with the field that is wrong."""
    try:
        return kind.model_validate(sent)
    except ValidationError as error:
        raise UsageError(f"the request is not complete: {_first(error)}") from None


def review_of(form: DecisionForm, reader: Reader, draft_digest: str, at: datetime) -> Review:
    """Make the review of a form; a login that knows the person's name and role overrules the form's."""
    try:
        return Review(
            reviewer=reader.name or form.reviewer,
            role=reader.role or form.role,
            decision=form.decision,
            statements=tuple(StatementReview(**item.model_dump()) for item in form.statements),
            comment=form.comment or None,
            draft_digest=draft_digest,
            at=at,
        )
    except ValidationError as error:
        raise UsageError(f"the review is not complete: {_first(error)}") from None


def _first(error: ValidationError) -> str:
    first = error.errors()[0]
    where = ".".join(str(part) for part in first["loc"])
    words = str(first["msg"]).removeprefix("Value error, ")
    return f"{where}: {words}" if where else words
