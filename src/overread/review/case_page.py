"""What the page of one case shows, worked out from the store's records alone: no request takes part in it."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from overread.outputs.signature_text import preliminary_words, signature_words, version_lines
from overread.outputs.statement_view import SectionView, WithheldView, section_views, withheld_views
from overread.reasoning.merging import NO_FINDING
from overread.reasoning.vocabulary import TERMS
from overread.records import Alert, CaseFile, Conflict, Prior, ReportOrigin, ReportVersion
from overread.review.alert_view import AlertView, Climb, alert_views
from overread.review.evidence_view import EvidenceView, evidence_views
from overread.review.finding_view import FindingView, finding_views, hints_of
from overread.review.formatting import date_words
from overread.review.labels import SEVERITIES
from overread.review.language import speech
from overread.review.overlays import Overlay, overlays_of
from overread.review.pacs_link import pacs_link
from overread.review.pictures import Headers, PictureView, beside_of, first_shown, pictures_of
from overread.review.safety import SafetyHeader, safety_header

REPORT_FROM: Mapping[ReportOrigin, str] = {
    "signed_here": "signed here",
    "sent": "sent with it",
    "folder": "from its folder",
    "structured_report": "a structured report",
}


@dataclass(frozen=True)
class PriorReportView:
    """The report of a prior, to be read beside its picture."""

    study_date: str
    origin: str
    text: str


@dataclass(frozen=True)
class CasePage:
    """Everything on the page of one case."""

    case_id: str
    status: str
    safety: SafetyHeader
    alerts: tuple[AlertView, ...]
    raised_before: tuple[str, ...]
    """Critical results of the read whose place this one took."""
    pictures: tuple[PictureView, ...]
    first_picture: int
    beside: tuple[PictureView, ...]
    """What may be shown beside the picture that is read: what was compared first, then priors, then the study's own."""
    pacs_link: str | None
    """Address of the study in the PACS's own viewer, where one is configured."""
    overlays: tuple[Overlay, ...]
    prior_reports: tuple[PriorReportView, ...]
    evidence: tuple[EvidenceView, ...]
    findings: tuple[FindingView, ...]
    hints: tuple[str, ...]
    """Evidence without a vote that points at a critical finding."""
    sections: tuple[SectionView, ...]
    withheld: tuple[WithheldView, ...]
    open_conflicts: tuple[Conflict, ...]
    settled_conflicts: tuple[Conflict, ...]
    file: CaseFile
    """The record itself, for what is shown as it stands: failures, gate notes, plan, rules, manifest."""

    @property
    def vocabulary(self) -> tuple[tuple[str, bool], ...]:
        """Name the findings that may be added, each with whether it may have a side."""
        return tuple((name, term.sided) for name, term in TERMS.items() if name != NO_FINDING)

    @property
    def version_lines(self) -> tuple[tuple[str, ReportVersion], ...]:
        """Give every signed state of the report, in a line and whole, the newest first; none where there is but one."""
        return tuple(zip(version_lines(self.file, speech()), reversed(self.file.versions), strict=False))

    @property
    def signature_words(self) -> str:
        """Say what the signature means, how the signer was known, and what came after it."""
        return " ".join(signature_words(self.file, speech()))

    @property
    def preliminary(self) -> str | None:
        """Say that the draft has a preliminary report, and whose."""
        return preliminary_words(self.file.preliminary, speech()) if self.file.preliminary else None

    @property
    def decidable(self) -> bool:
        """Say whether there is a draft that waits for a decision."""
        return self.status == "awaiting_review" and self.file.draft is not None

    @property
    def moving(self) -> bool:
        """Say whether the case is still being read, so that the page should look again."""
        return self.status in ("received", "running")

    @property
    def statement_count(self) -> int:
        """Count the statements that wait for a decision; 0 when there is no draft."""
        return sum(statement.needs_decision for statement in self.file.draft.statements) if self.file.draft else 0


def case_page(
    file: CaseFile,
    identity: Mapping[str, Any] | None,
    headers: Headers,
    alerts: Sequence[Alert],
    ohif_url: str | None = None,
    climb: Climb | None = None,
) -> CasePage:
    """Build the page of a case; `alerts` are the store's own, which may be newer than the file."""
    conflicts = file.conflicts
    pictures, first = pictures_of(file.case, headers), first_shown(file.case, file.plan)
    overlays = overlays_of(file.case, file.evidence)
    return CasePage(
        case_id=file.case_id,
        status=file.status,
        safety=safety_header(file, identity),
        alerts=alert_views(file, alerts, climb),
        raised_before=file.case.follows.raised if file.case.follows else (),
        pictures=pictures,
        first_picture=first,
        beside=beside_of(pictures, first, {overlay.picture for overlay in overlays}),
        pacs_link=pacs_link(ohif_url, file.case.study),
        overlays=overlays,
        prior_reports=tuple(_prior_report(prior) for prior in file.case.priors if prior.report),
        evidence=evidence_views(file),
        findings=finding_views(file),
        hints=hints_of(file),
        sections=section_views(file),
        withheld=withheld_views(file),
        open_conflicts=tuple(sorted((one for one in conflicts if one.resolution == "open"), key=_gravity)),
        settled_conflicts=tuple(conflict for conflict in conflicts if conflict.resolution == "resolved"),
        file=file,
    )


def viewer_model(page: CasePage) -> dict[str, Any]:
    """Give what the viewer's script needs, JSON-native: addresses, sizes, marks, colours, no patient."""
    return {
        "pictures": [
            {
                "number": picture.number,
                "address": picture.address,
                "rows": picture.rows,
                "columns": picture.columns,
                "title": f"{picture.title} · {picture.study_date}",
                "prior": picture.prior,
                "said": picture.said,
                "edges": asdict(picture.edges),
                "preview": picture.preview,
                "values": picture.values,
                "greys": picture.greys,
                "spacing": None if picture.spacing is None else picture.spacing.model_dump(),
            }
            for picture in page.pictures
        ],
        "first": page.first_picture,
        "overlays": [
            {
                "id": overlay.evidence_id,
                "kind": overlay.kind,
                "name": overlay.name,
                "structure": overlay.structure,
                "tool": overlay.tool,
                "picture": overlay.picture,
                "colour": overlay.colour,
                "address": overlay.address,
                "region": None if overlay.region is None else overlay.region.model_dump(),
                "model": overlay.model,
                "by": overlay.placed_by,
                "right": overlay.placed_right,
            }
            for overlay in page.overlays
        ],
        "evidence": {
            view.id: {
                "drawn": list(view.drawn),
                "picture": view.picture,
                "what": view.what,
                "labels": list(view.labels),
            }
            for view in page.evidence
        },
    }


def _prior_report(prior: Prior) -> PriorReportView:
    origin = REPORT_FROM[prior.report_origin] if prior.report_origin else "of unknown origin"
    return PriorReportView(date_words(prior.study.study_date), origin, prior.report or "")


def _gravity(conflict: Conflict) -> int:
    return tuple(SEVERITIES).index(conflict.severity)
