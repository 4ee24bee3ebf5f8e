"""Where the order of a study is found, and whether it is this patient's."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from overread.imaging import PatientIdentity
from overread.imaging.identity import differing
from overread.records import Order, OrderJoined

OF_ANOTHER = "Identity alert: the order is of another patient"
OTHER_PATIENT = OF_ANOTHER + " (another {apart}) than the images and was not attached."
SEVERAL = "Several orders of this patient are open and none has the images' accession number; none was attached."
SEVERAL_NUMBERED = "Several orders of this patient have the images' accession number; none was attached."


@dataclass(frozen=True)
class FoundOrder:
    """An order, and for whom it was placed."""

    order: Order
    identity: PatientIdentity


@dataclass(frozen=True)
class Asked:
    """What a study says of itself that its order is found by."""

    accession_numbers: frozenset[str]
    identity: PatientIdentity


class OrderSource(Protocol):
    """A system that knows orders."""

    def find(self, asked: Asked) -> Sequence[FoundOrder]:
        """Give the orders of an accession number, else those of the patient; raises `PeerError`."""


@dataclass(frozen=True)
class Joined:
    """The order to attach, and what is to be told."""

    order: Order | None = None
    how: OrderJoined | None = None
    notes: tuple[str, ...] = ()


def join(asked: Asked, found: Iterable[FoundOrder]) -> Joined:
    """Attach the one order that has the accession number and the patient of the images.

    An order of the number that names another patient is not attached, and told; so are several that cannot be told
    apart.
    """
    known = list({each.order: each for each in found}.values())
    numbered = [each for each in known if (each.order.accession_number or "").strip() in asked.accession_numbers]
    candidates = numbered or ([] if asked.accession_numbers else known)
    ours = [each for each in candidates if not differing(asked.identity, each.identity)]
    if len(ours) == 1:
        return Joined(ours[0].order, "attached")
    if len(ours) > 1:
        return Joined(how="ambiguous", notes=(SEVERAL_NUMBERED if numbered else SEVERAL,))
    if candidates:
        apart = ", ".join(differing(asked.identity, candidates[0].identity))
        return Joined(how="mismatch", notes=(OTHER_PATIENT.format(apart=apart),))
    return Joined()


def joined_of(asked: Asked, sources: Iterable[OrderSource]) -> Joined:
    """Join with the first system that has an order of the study; raises `PeerError`."""
    if not asked.accession_numbers and not asked.identity.patient_id:
        return Joined()
    for source in sources:
        joined = join(asked, source.find(asked))
        if joined.how is not None:
            return joined
    return Joined()


def order_notes(notes: Iterable[str]) -> tuple[str, ...]:
    """Give those sentences of a case that were told when an order was looked for, and none was attached."""
    return tuple(note for note in notes if note in (SEVERAL, SEVERAL_NUMBERED) or note.startswith(OF_ANOTHER))
