"""Orders from a modality worklist (PS3.4 annex K), asked for by C-FIND: no identifier stands in any address."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from overread.errors import PeerError
from overread.imaging import PatientIdentity
from overread.imaging.header import identity_of
from overread.imaging.header_values import text_of
from overread.peers.dimse import associated, must_end
from overread.peers.records import DicomNode
from overread.receiving.order_source import Asked, FoundOrder
from overread.records import Order, Priority

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

MODALITY_WORKLIST = "1.2.840.10008.5.1.4.31"
PENDING = frozenset({0xFF00, 0xFF01})
MOST_ANSWERS = 100
TEXT_LIMIT = 1024
PRIORITY: dict[str, Priority] = {"STAT": "STAT", "HIGH": "urgent"}
"""RequestedProcedurePriority (0040,1003), PS3.3 C.4.11; MEDIUM, ROUTINE and LOW are routine."""
RETURNED = (
    "PatientName",
    "PatientBirthDate",
    "PatientSex",
    "IssuerOfPatientID",
    "RequestedProcedureDescription",
    "RequestedProcedurePriority",
    "ReasonForTheRequestedProcedure",
    "RequestedProcedureComments",
)


class WorklistOrders:
    """A DICOM node that answers modality worklist queries."""

    def __init__(self, node: DicomNode) -> None:
        self._node = node

    def find(self, asked: Asked) -> Sequence[FoundOrder]:
        """Ask by each accession number, or by the patient's ID where the images have none."""
        queries: list[dict[str, str]] = [{"AccessionNumber": number} for number in sorted(asked.accession_numbers)]
        queries = queries or [{"PatientID": asked.identity.patient_id}]
        return [_order(item) for query in queries if not _is_wild(query) for item in self._ask(query)]

    def _ask(self, query: dict[str, str]) -> Iterator["Dataset"]:
        from pynetdicom.presentation import build_context

        with associated(self._node, [build_context(MODALITY_WORKLIST)]) as link:
            if not link.accepted_contexts:
                raise PeerError("refused", f"'{self._node.name}' ({self._node.where}) has no modality worklist")
            for count, (status, item) in enumerate(link.send_c_find(_identifier(query), MODALITY_WORKLIST)):
                code = status.get("Status")
                if code not in PENDING:
                    must_end(self._node, status, "a worklist query")
                elif item is None or count >= MOST_ANSWERS:
                    said = f"gave more than {MOST_ANSWERS} orders, or one that cannot be read"
                    raise PeerError("bad_answer", f"'{self._node.name}' ({self._node.where}) {said}")
                else:
                    yield item


def _is_wild(query: dict[str, str]) -> bool:
    """Say whether a value would match others than itself: a header must not ask for everybody's orders."""
    return any(not value or set(value) & set("*?\\") for value in query.values())


def _identifier(query: dict[str, str]) -> "Dataset":
    from pydicom.dataset import Dataset

    asked: Any = Dataset()
    asked.AccessionNumber = asked.PatientID = ""
    for keyword in RETURNED:
        setattr(asked, keyword, "")
    step = Dataset()
    step.Modality = ""
    asked.ScheduledProcedureStepSequence = [step]
    asked.SpecificCharacterSet = "ISO_IR 192"
    for keyword, value in query.items():
        setattr(asked, keyword, value)
    return asked  # type: ignore[no-any-return]


def _order(item: "Dataset") -> FoundOrder:
    identity: PatientIdentity = identity_of(item)
    order = Order(
        accession_number=text_of(item, "AccessionNumber") or None,
        indication=text_of(item, "ReasonForTheRequestedProcedure", TEXT_LIMIT) or None,
        question=text_of(item, "RequestedProcedureComments", TEXT_LIMIT) or None,
        priority=PRIORITY.get(text_of(item, "RequestedProcedurePriority").upper(), "routine"),
        requested_procedure=text_of(item, "RequestedProcedureDescription") or None,
    )
    return FoundOrder(order, identity)
