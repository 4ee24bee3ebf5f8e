"""An order that came after its study: the draft that waits is read again with it, the signer of a report is told.

A signed report stays as it was signed, and so does its case. What becomes of an order is written down in one step with
what it did, so that a kill leaves both or neither and the same order found again does nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from overread.admission import AdmittedCase, content_of, tidied
from overread.imaging.wire_format import PatientIdentity
from overread.records import Order, SignedCheck, SignedNotice
from overread.records.signed import LATE_ORDER
from overread.store.home import Home
from overread.versions import OnFile, all_priors, newest_read, own_notes, register_next, with_earlier

READ_AGAIN = ("received", "running", "awaiting_review", "failed")
"""States of a read that a late order opens anew; a refused one has no draft, and an ended one is a person's."""


@dataclass(frozen=True)
class LateOrder:
    """What is to be said of a study that has no order yet."""

    order: Order | None
    """None where the one that was found is not attached; then `notes` say why."""
    notes: tuple[str, ...]
    forget: tuple[str, ...]
    """Sentences of the read before about orders, which this one takes the place of."""


def read_with(
    home: Home, case_id: str, late: LateOrder, profile: str, version: int, priors: int, told: Mapping[str, object]
) -> AdmittedCase | None:
    """Register the next read of a case's study; None where it is not the newest that waits, or nothing is new.

    `version` is that of the graph, `priors` how many earlier studies are looked for here, `told` goes into the audit.
    Raises `CaseBusy` while the case is being worked on.
    """
    store = home.cases
    study_uid = store.case(case_id).study.uid
    with store.hold_study(study_uid), store.hold(case_id):
        newest = newest_read(home, study_uid)
        if newest is None or newest.row.case_id != case_id or newest.row.status not in READ_AGAIN:
            return None
        if late.order is None and late.notes == late.forget:
            return None
        admitted = with_earlier(home, _admitted(home, newest, late, profile), priors)
        return register_next(home, newest, admitted, version, told)


def tell_signer(home: Home, case_id: str, message: str, told: Mapping[str, object]) -> bool:
    """Leave a notice below the signature and one on the signer's worklist; False where it is there, or none signed.

    Raises `CaseBusy` while the case is being worked on.
    """
    notice = SignedNotice(kind=LATE_ORDER, message=message)
    with home.cases.hold(case_id):
        file, signature = home.cases.file(case_id), home.cases.decisions.signature(case_id)
        if file is None or file.final is None or signature is None or file.status != "signed":
            return False
        check = file.after_signature or SignedCheck(
            at=file.final.signed_at, review_digest=file.final.review_digest, rules_run=()
        )
        if notice in check.notices:
            return False
        check = check.model_copy(update={"notices": (*check.notices, notice)})
        file = file.model_copy(update={"after_signature": check})
        home.awaited_orders.tell_signer(file, signature.signed_by, told)
    return True


def with_late_orders(check: SignedCheck | None, before: SignedCheck | None) -> SignedCheck | None:
    """Keep what was told of late orders when a report that was added to is checked anew."""
    if check is None or before is None:
        return check
    late = tuple(notice for notice in before.notices if notice.kind == LATE_ORDER)
    return check.model_copy(update={"notices": (*check.notices, *late)})


def order_words(order: Order) -> str:
    """Say in one sentence what a late order asks, for its signer."""
    parts = (
        ("asked for", order.requested_procedure),
        ("question", order.question),
        ("indication", order.indication),
        ("priority", None if order.priority == "routine" else order.priority),
    )
    said = "; ".join(f"{name}: {text}" for name, text in parts if text)
    return f"The order came after this report was signed and is not in it. {said or 'It asks nothing in particular'}."


def _admitted(home: Home, newest: OnFile, late: LateOrder, profile: str) -> AdmittedCase:
    """Give the case on file as if it had been sent again with what is known of its order now."""
    before = newest.case
    order, said = tidied(late.order) if late.order else (before.order, ())
    # What was found on this machine is looked for anew.
    refused = tuple(each for each in before.priors_refused if each.number is not None)
    gone = {*late.forget, *(each.message for each in before.priors_refused if each.number is None)}
    kept = (note for note in own_notes(before, before.study) if note not in gone)
    case = before.model_copy(
        update={
            "profile": profile,
            "order": order,
            "priors": all_priors((), before.priors, before.study),
            "priors_refused": refused,
            "input_notes": tuple(dict.fromkeys((*kept, *late.notes, *said))),
            "follows": None,
        }
    )
    known = PatientIdentity.model_validate(dict(newest.identity)) if newest.identity else None
    content = content_of(case, known, home.key)
    return AdmittedCase(case, newest.headers, newest.identity, content, newest.sources, newest.accessions)
