"""Earlier studies of a patient that were read on this machine, found by the keyed hash of the patient's ID.

The hash alone decides nothing: the identities on file must be one person's as well (`overread.imaging.identity`), in
more than an ID, which archives also give to people they do not know. Nobody said that the studies belong together.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from overread.imaging.identity import confirmed_beyond_id, differing
from overread.imaging.plain_text import plain_lines
from overread.imaging.wire_format import REPORT_LIMIT, PatientIdentity
from overread.prior_intake import is_later, pixels_of
from overread.records import Case, CaseFile, CaseStatus, Prior, PriorRefused, Section, Study
from overread.store.cases import CaseRow
from overread.store.home import Home

READ: tuple[CaseStatus, ...] = ("awaiting_review", "signed", "rejected")
"""States of a case whose images passed the gate and were read to the end."""
REPORTED: tuple[Section, ...] = ("findings", "impression")
LOOKED_AT = 50
"""Studies of one patient that are looked at for priors, the newest first."""
UNLIKE = PriorRefused(
    reason="another_patient",
    message="Identity alert: a study on file here under the same patient ID names somebody else and was not used.",
)


@dataclass(frozen=True)
class Found:
    """Priors from the store, the newest first, with the headers of their images, and an alert where there is one."""

    priors: tuple[Prior, ...] = ()
    headers: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    refused: tuple[PriorRefused, ...] = ()


def find_earlier(home: Home, case: Case, identity: PatientIdentity, most: int) -> Found:
    """Find at most `most` studies of the patient before this one; none for a study without patient ID or date."""
    study = case.study
    if not most or study.patient_key is None or study.study_date is None:
        return Found()
    priors: list[Prior] = []
    headers: dict[str, Mapping[str, str]] = {}
    refused: list[PriorRefused] = []
    seen = pixels_of(study).union(*(pixels_of(prior.study) for prior in case.priors))
    uids = {study.uid, *(prior.study.uid for prior in case.priors)}
    for row in home.cases.of_patient(study.patient_key, READ, until=study.study_date, most=LOOKED_AT):
        if len(priors) == most:
            break
        if row.study_uid in uids or not _still_of(home, row, study.patient_key):
            continue
        known = PatientIdentity.model_validate(home.cases.identity(row.case_id) or {})
        if differing(identity, known):
            refused = [UNLIKE]
            continue
        earlier = home.cases.case(row.case_id).study
        usable = confirmed_beyond_id(identity, known) and is_later(study, earlier) and is_at_hand(home, earlier)
        if not usable or pixels_of(earlier) & seen:
            continue
        uids.add(earlier.uid)
        seen |= pixels_of(earlier)
        priors.append(with_signed_report(home, Prior(study=earlier, origin="store")))
        headers |= home.cases.headers(row.case_id)
    return Found(tuple(priors), headers, tuple(refused))


def _still_of(home: Home, row: CaseRow, patient_key: str) -> bool:
    """Say whether the newest read of a study, whose header may have been corrected since, is of the patient too."""
    newest = [each for each in home.cases.rows(study_uid=row.study_uid) if each.status != "replaced"][-1]
    return newest.case_id == row.case_id or home.cases.case(newest.case_id).study.patient_key == patient_key


def is_at_hand(home: Home, study: Study) -> bool:
    """Say whether a study has a frontal image, and its pictures are all still kept."""
    return bool(study.frontals) and all(home.pictures.has(image.pixels_digest) for image in study.images)


def with_signed_report(home: Home, prior: Prior) -> Prior:
    """Give a prior the report that was signed here of its study, unless it has one; a draft is no report."""
    if prior.report is not None:
        return prior
    for row in reversed(home.cases.rows(("signed",), study_uid=prior.study.uid)):
        file = home.cases.file(row.case_id)
        text = signed_text(file)
        if file is not None and file.case.study.patient_key == prior.study.patient_key and text:
            return prior.model_copy(
                update={"report": text, "report_origin": "signed_here", "report_case_id": row.case_id}
            )
    return prior


def signed_text(file: CaseFile | None) -> str | None:
    """Give findings, impression and addenda of a report as it is signed now; None where it is not, or is too long."""
    said = file.signed_sections if file is not None and file.status == "signed" else None
    if file is None or said is None:
        return None
    parts = [
        "\n".join((f"{name.upper()}:", *(statement.text for statement in said[name])))
        for name in REPORTED
        if said.get(name)
    ]
    parts += [f"ADDENDUM:\n{addendum.text}" for addendum in file.addenda]
    text = plain_lines("\n\n".join(parts))
    return text if 0 < len(text) <= REPORT_LIMIT else None
