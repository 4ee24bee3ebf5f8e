"""What one decided case says about its reader and its models, taken from its file; small, so that many can be held."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal, NamedTuple

from overread.labeler import assertions, label_text, stated
from overread.reasoning.trust import voter
from overread.reasoning.votes import votes_in
from overread.records import CaseFile, DraftReport, Review, Section, Statement, StatementReview

Headers = Mapping[str, Mapping[str, str]]
Said = Literal["present", "absent", "uncertain"]
STRONGEST: tuple[Said, ...] = ("present", "uncertain", "absent")
OPENED = "opened"
"""Event of the journal: a draft was shown on the page; its detail holds the first digits of the draft's digest."""
UNKNOWN_SCANNER = "not stated"


class Decision(NamedTuple):
    """What was done with one statement."""

    section: Section
    labels: tuple[str, ...]
    action: Literal["accept", "edit", "reject"]


class ToolVote(NamedTuple):
    """What one voter said of one label, its strongest word where it spoke several times."""

    voter: str
    label: str
    said: Said


@dataclass(frozen=True, slots=True)
class CaseFacts:
    """One case that was signed or rejected."""

    case_id: str
    profile: str
    reader: str
    """Name as signed."""
    signed: bool
    """False: the draft was rejected."""
    at: datetime
    synthetic: bool
    scanner: str
    patient: str
    """Keyed hash of the patient's identifier; the case's own id where there is none."""
    picture: str | None
    """Digest of the picture that was read."""
    sent_back: int
    words: int
    """In the draft's statements that waited for a decision."""
    decided: int
    """How many decisions were made."""
    hurried: bool
    """Whether a reason was given for signing faster than it can be read."""
    began: datetime | None
    """When the draft was first shown on the page; where nobody knows, when it was ready."""
    opened: bool
    """Whether `began` is when it was shown."""
    decisions: tuple[Decision, ...]
    stated: Mapping[str, bool]
    """Label to whether the signed text states it present (the labeler), or denies it."""
    by_rejection: frozenset[str]
    """Labels denied by nothing but the rejection of the sentence that stated them."""
    votes: tuple[ToolVote, ...]

    @property
    def seconds(self) -> float | None:
        """Give how long it took from `began` to the decision; None where that is not known, or runs backwards."""
        return None if self.began is None or self.began > self.at else (self.at - self.began).total_seconds()

    @property
    def untouched(self) -> bool:
        """Say whether it was signed with every statement as drafted."""
        return self.signed and all(each.action == "accept" for each in self.decisions)

    @property
    def week(self) -> str:
        """Give the ISO week of the decision, such as `2026-W05`."""
        year, week, _ = self.at.isocalendar()
        return f"{year}-W{week:02d}"


Journal = Sequence[tuple[datetime, str, Mapping[str, object]]]


def facts_of(file: CaseFile, headers: Headers, journal: Journal = ()) -> CaseFacts | None:
    """Take the facts of a case; None for one that nobody has signed or rejected."""
    review, draft = file.review, file.draft
    if review is None or draft is None or review.decision == "revise":
        return None
    labels = {finding.id: finding.label for finding in file.findings}
    stated = _stated(file)
    denied = frozenset(_rejected(draft, review) - set(stated)) if file.final else frozenset[str]()
    start, opened = began(file, journal)
    return CaseFacts(
        case_id=file.case_id,
        profile=file.manifest.profile,
        reader=review.reviewer,
        signed=review.decision == "sign",
        at=review.at,
        synthetic=file.case.study.synthetic,
        scanner=_scanner(file, headers),
        patient=file.case.study.patient_key or file.case_id,
        picture=_picture(file),
        sent_back=draft.revision,
        words=words_to_read(draft),
        decided=decided_count(draft, review),
        hurried=bool(review.hurried),
        began=start,
        opened=opened,
        decisions=tuple(_decisions(draft, review, labels)),
        stated={**stated, **dict.fromkeys(denied, False)},
        by_rejection=denied,
        votes=_votes(file),
    )


def _stated(file: CaseFile) -> dict[str, bool]:
    """Give what the signed findings and impression state (`labeler.stated`).

    A report that is normal as a whole denies no label that it is signed with as not assessed.
    """
    text = _text(file)
    if not text:
        return {}
    said = label_text(text)
    open_ones = {each.label for each in file.findings if each.status == "not_assessed" and said[each.label] is None}
    return {label: value for label, value in stated(said).items() if label not in open_ones}


def _text(file: CaseFile) -> str:
    """Give what the report says as it is signed now; an amendment puts right what models are held against."""
    read: tuple[Section, ...] = ("findings", "impression")
    sections = file.signed_sections or {}
    said = {section: " ".join(each.text for each in sections.get(section, ())) for section in read}
    return "\n\n".join(f"{section.upper()}: {text}" for section, text in said.items() if text)


def _rejected(draft: DraftReport, review: Review) -> set[str]:
    """Give the labels that rejected sentences stated: what a reader takes out, the reader does not see."""
    out = {item.statement_id for item in review.statements if item.action == "reject"}
    return {
        said.label
        for statement in draft.statements
        if statement.id in out
        for said in assertions(statement.text)
        if said.status == "present"
    }


def _decisions(draft: DraftReport, review: Review, labels: Mapping[str, str]) -> list[Decision]:
    own: dict[str, StatementReview] = {item.statement_id: item for item in review.statements}

    def made(section: Section, statement: Statement) -> Decision:
        about = tuple(dict.fromkeys(labels[identity] for identity in statement.finding_ids if identity in labels))
        return Decision(section, about, own[statement.id].action)

    return [
        made(section, statement)
        for section, statements in draft.sections.items()
        for statement in statements
        if statement.id in own and (statement.needs_decision or own[statement.id].action != "accept")
    ]


def words_to_read(draft: DraftReport) -> int:
    """Count the words of the statements that wait for a decision."""
    return sum(len(statement.text.split()) for statement in draft.statements if statement.needs_decision)


def decided_count(draft: DraftReport, review: Review) -> int:
    """Count the decisions of a review: on statements that wait for one, on findings, and on findings added."""
    waiting = {statement.id for statement in draft.statements if statement.needs_decision}
    return sum(item.statement_id in waiting for item in review.statements) + len(review.findings) + len(review.added)


def began(file: CaseFile, journal: Journal) -> tuple[datetime | None, bool]:
    """Give when the decided draft was first shown, or else ready, which is when its last evidence was whole."""
    digest = (file.draft_digest or "")[:12]
    shown = [at for at, event, detail in journal if event == OPENED and digest and detail.get("draft") == digest]
    if shown:
        return min(map(aware, shown)), True
    ends = [item.provenance.ended for item in file.evidence]
    return (max(ends) if ends else None), False


def aware(at: datetime) -> datetime:
    """Give a time with its zone: SQLite keeps none, and what the store writes is UTC."""
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def _scanner(file: CaseFile, headers: Headers) -> str:
    uid = file.plan.image_sop_instance_uid if file.plan else ""
    header = headers.get(uid, {})
    named = (header.get("Manufacturer", ""), header.get("ManufacturerModelName", ""))
    return " ".join(part for part in named if part) or UNKNOWN_SCANNER


def _picture(file: CaseFile) -> str | None:
    plan = file.plan
    image = file.case.study.image(plan.image_sop_instance_uid, plan.image_frame) if plan else None
    return image.pixels_digest if image else None


def _votes(file: CaseFile) -> tuple[ToolVote, ...]:
    """Give what each voter said, as it said it; that one side is free says nothing of the label as a whole."""
    by_id = {item.id: item for item in file.evidence}
    found: dict[tuple[str, str], set[Said]] = {}
    for vote in votes_in(file.case, file.evidence):
        if vote.whole and vote.label != "No Finding":
            found.setdefault((voter(by_id[vote.evidence_id]), vote.label), set()).add(vote.status)
    return tuple(
        ToolVote(who, label, next(word for word in STRONGEST if word in said))
        for (who, label), said in sorted(found.items())
    )
