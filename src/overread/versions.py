"""One case per study: what comes in later joins or replaces the draft that waits, or is an addendum to a signed report.

The same content sent again is the case that is on file, whichever version of the program read it. Of a study there is
one newest read; a read that it took the place of stays on file as history, and a signed report stays as it is.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import count
from typing import Any

from overread.admission import AdmittedCase, Refused, content_of
from overread.earlier_studies import find_earlier, with_signed_report
from overread.imaging.identity import ANOTHER_ISSUER, differing
from overread.imaging.wire_format import PatientIdentity
from overread.prior_intake import is_later
from overread.records import (
    Case,
    Follows,
    ImageRef,
    Order,
    Prior,
    Refusal,
    Series,
    Study,
    StudyChange,
    View,
    content_digest,
)
from overread.store.cases import CaseRow
from overread.store.home import Home

UNDECIDED = ("received", "running", "awaiting_review", "refused", "failed")
"""States of a read that no person has ended; a later one takes its place."""
WAIT_SECONDS = 30.0
ANOTHER_PATIENT = "identity alert: another {apart} in the header"
CHANGES: Mapping[StudyChange, str] = {
    "another_issuer": ANOTHER_PATIENT.format(apart=ANOTHER_ISSUER),
    "patient_data": "the patient's data in the header",
    "further_image": "a further image",
    "other_pixels": "other pixels",
    "image_header": "the header of an image",
    "study_data": "the date, age or sex of the study",
    "order": "the order",
    "prior": "a prior",
    "prior_report": "the report of a prior",
    "profile": "another profile of models",
    "program": "another version of the program",
}
"""How `Follows.changed` says what is new; `another_patient` has the attributes in its words."""


@dataclass(frozen=True)
class OnFile:
    """The newest read of a study, with all that is kept of it."""

    row: CaseRow
    case: Case
    headers: Mapping[str, Mapping[str, str]]
    identity: Mapping[str, Any] | None
    sources: frozenset[str]
    accessions: frozenset[str]


def take(home: Home, sent: AdmittedCase, graph_version: int, priors_from_store: int = 0) -> AdmittedCase | Refused:
    """Register what was sent as the study's next read, or find the read that it is already.

    Images join those on file, and one of the same UID takes the other's place; an order, priors or patient attributes
    that were not sent again are kept. A next read also gets up to `priors_from_store` earlier studies of the patient
    that were read here; a read that is on file keeps those that it had, however many there are by now. Gives the case
    as it is on file, or refuses images that name another patient than images of the study that were not sent with them.
    Raises `CaseBusy` while the read before is being worked on.
    """
    with home.cases.hold_study(sent.case.study.uid):
        newest = newest_read(home, sent.case.study.uid)
        if newest is None:
            return _register(home, with_earlier(home, sent, priors_from_store), graph_version)
        mixed = _mixed(newest, sent)
        if mixed is not None:
            return mixed
        joined = _joined(newest, sent, home.key)
        if _is_on_file(newest, sent, joined, graph_version):
            known = AdmittedCase(newest.case, newest.headers, newest.identity, newest.row.content or "", newest.sources)
            return replace(known, accessions=newest.accessions, said=sent.said)
        return _follow(home, newest, with_earlier(home, joined, priors_from_store), graph_version)


def with_earlier(home: Home, admitted: AdmittedCase, most: int) -> AdmittedCase:
    """Add what this machine knows of the patient: earlier studies, and the reports that were signed of them here.

    The content's digest stays as it is: it is of what was sent, so that the same input finds this read again.
    """
    sent = tuple(with_signed_report(home, prior) for prior in admitted.case.priors)
    case = admitted.case.model_copy(update={"priors": sent})
    found = find_earlier(home, case, _identity(admitted.identity), most)
    told = tuple(item.message for item in found.refused)
    case = case.model_copy(
        update={
            "priors": (*sent, *found.priors),
            "priors_refused": (*case.priors_refused, *found.refused),
            "input_notes": (*case.input_notes, *told),
        }
    )
    headers = {**found.headers, **admitted.headers}
    return replace(admitted, case=case, headers=headers, said=(*admitted.said, *told))


def _follow(home: Home, newest: OnFile, joined: AdmittedCase, graph_version: int) -> AdmittedCase:
    """Register the next read; nobody signs the one before meanwhile."""
    with home.cases.hold(newest.row.case_id, WAIT_SECONDS):
        return register_next(home, newest, joined, graph_version)


def register_next(
    home: Home, newest: OnFile, joined: AdmittedCase, graph_version: int, late: Mapping[str, object] | None = None
) -> AdmittedCase:
    """Register the read after the newest one, which the caller holds; `late` as `CaseStore.admit` has it."""
    store, before = home.cases, newest.row.case_id
    replaced = before if store.row(before).status in UNDECIDED else None
    follows = Follows(
        replaces=replaced,
        addendum_to=store.decisions.signature(before) or (newest.case.follows and newest.case.follows.addendum_to),
        changed=_changed(newest, joined, graph_version),
        raised=tuple(alert.message for alert in store.alerts(before)) if replaced else (),
    )
    notes = (*history_of(follows), *joined.case.input_notes)
    case = joined.case.model_copy(update={"follows": follows, "input_notes": notes})
    return _register(home, replace(joined, case=case), graph_version, late)


def history_of(follows: Follows) -> tuple[str, ...]:
    """Tell in sentences for the draft what was on file before, and what is new.

    Without dates and words of change: in a draft those are of the film, and need a prior.
    """
    found = []
    if (signed := follows.addendum_to) is not None:
        found.append(
            f"Addendum to the report of case {signed.case_id}, which {signed.signed_by} signed; "
            "that report stands as it was signed."
        )
    if follows.replaces is not None:
        found.append(
            f"This read takes the place of case {follows.replaces} of the same study, which nobody has signed."
        )
    if follows.changed:
        found.append(f"What was sent and is not in that read: {', '.join(follows.changed)}.")
    return tuple(found)


def missing_view(view: View) -> str:
    """Tell of a view that was waited for in vain; the sentence goes when the view comes."""
    return f"A {view} view was waited for and had not come when the study was read."


def newest_read(home: Home, study_uid: str) -> OnFile | None:
    """Give the newest read of a study; None where none is on file."""
    rows = [row for row in home.cases.rows(study_uid=study_uid) if row.status != "replaced"]
    if not rows:
        return None
    store, row = home.cases, rows[-1]
    return OnFile(
        row,
        store.case(row.case_id),
        store.headers(row.case_id),
        store.identity(row.case_id),
        store.sources(row.case_id),
        store.accessions(row.case_id),
    )


def _register(
    home: Home, sent: AdmittedCase, graph_version: int, late: Mapping[str, object] | None = None
) -> AdmittedCase:
    """Give the case its id, which a second read of the same content has with a number of its own, and write it down."""
    taken = {row.case_id for row in home.cases.rows(study_uid=sent.case.study.uid)}
    case_id = next(name for number in count() if (name := case_id_of(sent.content, number)) not in taken)
    admitted = replace(sent, case=sent.case.model_copy(update={"case_id": case_id}))
    home.cases.admit(
        admitted.case,
        graph_version,
        admitted.headers,
        admitted.identity,
        content=admitted.content,
        sources=admitted.sources,
        accessions=admitted.accessions,
        late=late,
        replaces=admitted.case.follows.replaces if admitted.case.follows else None,
    )
    return admitted


def case_id_of(content: str, again: int = 0) -> str:
    """Name the n-th read of a content: `c-` and 16 hex digits."""
    return "c-" + (content[:16] if again == 0 else content_digest([content, again], length=16))


def _is_on_file(newest: OnFile, sent: AdmittedCase, joined: AdmittedCase, graph_version: int) -> bool:
    """Say whether nothing is new: the same files, or another writing of the same content, and the same order.

    A draft that waits is read again for another profile, or where this version of the program cannot go on with it; a
    decided one is not.
    """
    row = newest.row
    same_files = bool(sent.sources) and sent.sources <= newest.sources and joined.case.order == newest.case.order
    same = same_files or row.content == joined.content or (row.content is None and _looks_the_same(newest, joined))
    usable = (row.graph_version, row.profile) == (graph_version, joined.case.profile)
    return same and (usable or row.status not in UNDECIDED)


def _looks_the_same(newest: OnFile, joined: AdmittedCase) -> bool:
    """Compare with a case of 0.1.0, which has no digest: the pixels, their views, the patient and the order."""

    def images(study: Study) -> set[object]:
        return {(i.sop_instance_uid, i.frame, i.pixels_digest, i.view, i.laterality, i.spacing) for i in study.images}

    alike = images(newest.case.study) == images(joined.case.study) and newest.case.order == joined.case.order
    return alike and _identity(newest.identity) == _identity(joined.identity)


def _mixed(newest: OnFile, sent: AdmittedCase) -> Refused | None:
    """Refuse images of another patient that would stand beside images of the study that came before."""
    apart = differing(_identity(newest.identity), _identity(sent.identity))
    if not apart or not _left_of(newest.case.study, sent.case.study):
        return None
    detail = f"The study is on file as case {newest.row.case_id} with further images, and of another patient there"
    return Refused(
        Refusal(
            reason="several_patients",
            detail=f"{detail} (another {', '.join(apart)})",
            next_step="Send the whole study under the right patient, or correct the study UID",
        ),
        (),
        apart,
    )


def _joined(newest: OnFile, sent: AdmittedCase, key: bytes) -> AdmittedCase:
    """Add what was sent to what is on file; what was sent comes first."""
    before, case = newest.case, sent.case
    identity = {**(newest.identity or {}), **{name: value for name, value in (sent.identity or {}).items() if value}}
    left = _left_of(before.study, case.study)
    study = case.study.model_copy(
        update={
            "series": (*case.study.series, *left),
            **{name: getattr(before.study, name) for name in _unsaid(case.study)},
        }
    )
    joined = case.model_copy(
        update={
            "study": study,
            "order": before.order if case.order == Order() else case.order,
            "priors": all_priors(case.priors, before.priors, study),
            "input_notes": tuple(dict.fromkeys((*case.input_notes, *(own_notes(before, study) if left else ())))),
        }
    )
    known = PatientIdentity.model_validate(identity) if identity else None
    headers = {**newest.headers, **sent.headers}
    # Files of images that were sent again are not told from the others: then only what was sent now is known again.
    untouched = sum(len(series.images) for series in left) == len(before.study.images)
    sources = sent.sources | newest.sources if untouched else sent.sources
    accessions = sent.accessions | newest.accessions if left else sent.accessions
    content = content_of(joined, known, key)
    return AdmittedCase(joined, headers, identity or None, content, sources, accessions, sent.said)


def own_notes(case: Case, study: Study) -> tuple[str, ...]:
    """Give what was noted of the images themselves, and still holds of the study as it is now."""
    told = history_of(case.follows) if case.follows else ()
    arrived = [missing_view(image.view) for image in study.images if image.view]
    return tuple(note for note in case.input_notes if note not in told and note not in arrived)


def _unsaid(study: Study) -> tuple[str, ...]:
    return tuple(name for name in ("study_date", "age_years", "sex") if getattr(study, name) is None)


def _left_of(before: Study, sent: Study) -> tuple[Series, ...]:
    """Give the series on file without the images that were sent again."""
    again = {(image.sop_instance_uid, image.frame) for image in sent.images}
    left = []
    for series in before.series:
        images = tuple(image for image in series.images if (image.sop_instance_uid, image.frame) not in again)
        if images:
            left.append(series.model_copy(update={"images": images}))
    return tuple(left)


def all_priors(sent: Sequence[Prior], before: Sequence[Prior], study: Study) -> tuple[Prior, ...]:
    """Keep the priors that were sent before, unless the patient or the day is another now.

    Those from the store are looked for anew, and so are the reports that were signed here.
    """
    uids = {prior.study.uid for prior in sent}
    kept = [
        _as_sent(prior)
        for prior in before
        if prior.origin == "sent"
        and prior.study.uid not in uids
        and prior.study.patient_key == study.patient_key
        and not is_later(prior.study, study)
    ]
    return (*sent, *kept)


def _as_sent(prior: Prior) -> Prior:
    if prior.report_origin != "signed_here":
        return prior
    return prior.model_copy(update={"report": None, "report_origin": None, "report_case_id": None})


def _header(image: ImageRef) -> ImageRef:
    """Give all that is said of an image but the key of its stored values, which an older read did not keep."""
    return image.model_copy(update={"greys_digest": None})


def _changed(newest: OnFile, joined: AdmittedCase, graph_version: int) -> tuple[str, ...]:
    """Say what is new, without a value of a patient."""
    before, case = newest.case, joined.case
    old = {(image.sop_instance_uid, image.frame): image for image in before.study.images}
    images = [(old.get((image.sop_instance_uid, image.frame)), image) for image in case.study.images]
    apart = differing(_identity(newest.identity), _identity(joined.identity))
    found: dict[StudyChange, bool] = {
        "patient_data": not apart and newest.identity != joined.identity,
        "further_image": any(earlier is None for earlier, _ in images),
        "other_pixels": any(one and one.pixels_digest != image.pixels_digest for one, image in images),
        "image_header": any(
            one and _header(one) != _header(image) and one.pixels_digest == image.pixels_digest for one, image in images
        ),
        "study_data": _about(before.study) != _about(case.study),
        "order": before.order != case.order,
        "prior": _sent_priors(before) != _sent_priors(case),
        "prior_report": _sent_reports(before) != _sent_reports(case),
        "profile": before.profile != case.profile,
        "program": newest.row.graph_version != graph_version,
    }
    alert = (ANOTHER_PATIENT.format(apart=", ".join(apart)),) if apart else ()
    return (*alert, *(CHANGES[change] for change, is_so in found.items() if is_so))


def changes_of(follows: Follows) -> tuple[StudyChange, ...]:
    """Give what is new as kinds, of cases of earlier versions as well."""
    known = {words: change for change, words in CHANGES.items()}
    return tuple(known.get(words, "another_patient") for words in follows.changed)


def _sent_priors(case: Case) -> set[tuple[str, bool]]:
    return {(prior.study.uid, prior.stated) for prior in case.priors if prior.origin == "sent"}


def _sent_reports(case: Case) -> set[str | None]:
    return {_as_sent(prior).report for prior in case.priors if prior.origin == "sent"} - {None}


def _about(study: Study) -> tuple[object, ...]:
    return study.study_date, study.age_years, study.sex


def _identity(known: Mapping[str, Any] | None) -> PatientIdentity:
    return PatientIdentity.model_validate(dict(known or {}))
