"""Follow every citation to its end: statement, evidence, the tool run behind it, the SOP Instance, the region in it."""

from pydantic import Field

from overread.ports import EvidenceIndex
from overread.reasoning.priors import comparable_priors
from overread.records import Case, DraftReport, Evidence, ImageRef, Objection, Record, Region, Statement


class CitationReport(Record):
    """How far a draft's citations hold; complete when every statement is cited and every id resolves."""

    statements: int = Field(ge=0)
    cited: int = Field(ge=0)
    """Statements with at least one citation."""
    ids: int = Field(ge=0)
    """Citations over all statements."""
    resolved: int = Field(ge=0)
    """Citations that lead to a region inside an image of this study, or of a prior of the same patient."""

    @property
    def complete(self) -> bool:
        """Say whether every statement is cited and every citation resolves; a draft without statements is complete."""
        return self.cited == self.statements and self.resolved == self.ids


def objections(statement: Statement, evidence: EvidenceIndex, case: Case) -> tuple[Objection, ...]:
    """List what is wrong with a statement's citations; empty when every one of them resolves."""
    if not statement.citations:
        return (Objection(statement_id=statement.id, kind="uncited", message="cites no evidence"),)
    found = (_objection(statement, identity, evidence, case) for identity in statement.citations)
    return tuple(objection for objection in found if objection is not None)


def coverage(draft: DraftReport, evidence: EvidenceIndex, case: Case) -> CitationReport:
    """Count the statements that are cited and the ids that resolve."""
    ids = [identity for statement in draft.statements for identity in statement.citations]
    known = {identity: evidence.get(identity) for identity in set(ids)}
    good = {identity for identity, item in known.items() if item is not None and _flaw(item, case) is None}
    return CitationReport(
        statements=len(draft.statements),
        cited=sum(bool(statement.citations) for statement in draft.statements),
        ids=len(ids),
        resolved=sum(identity in good for identity in ids),
    )


def cited_image(item: Evidence, case: Case) -> ImageRef | None:
    """Give the image that evidence points at: of this study, or of a prior known to be of the same patient."""
    studies = (case.study, *(prior.study for prior in comparable_priors(case)))
    where = item.locator
    found = (study.image(where.sop_instance_uid, where.frame) for study in studies)
    return next((image for image in found if image is not None), None)


def is_of_prior(item: Evidence, case: Case) -> bool:
    """Tell whether evidence was seen in a prior, not in the study at hand."""
    image = cited_image(item, case)
    return image is not None and case.study.image(image.sop_instance_uid, image.frame) is None


def _objection(statement: Statement, identity: str, evidence: EvidenceIndex, case: Case) -> Objection | None:
    item = evidence.get(identity)
    if item is None:
        message = f"cites {identity}, which is no evidence of this case"
        return Objection(statement_id=statement.id, kind="unknown_evidence", message=message)
    flaw = _flaw(item, case)
    if flaw is None:
        return None
    return Objection(statement_id=statement.id, kind="foreign_evidence", message=f"cites {identity}, {flaw}")


def _flaw(item: Evidence, case: Case) -> str | None:
    """Say where the chain from evidence to pixels breaks, or None when it holds."""
    image = cited_image(item, case)
    if image is None:
        return "which points at no image of this study or of a prior of the same patient"
    if item.locator.region is not None and not _inside(item.locator.region, image):
        return "whose region lies outside its image"
    return None


def _inside(region: Region, image: ImageRef) -> bool:
    return region.x + region.width <= image.columns and region.y + region.height <= image.rows
