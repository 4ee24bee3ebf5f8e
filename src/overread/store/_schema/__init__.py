"""The tables of the store: the truth about a case; the graph's checkpoints only execute it.

Alembic makes them (`migrations/versions`); a test holds what it makes against what is written here.
"""

from overread.store._schema._metadata import metadata
from overread.store._schema.arrival_tables import arrival_positions, arrivals, hl7_messages, hl7_orders, reading_queue
from overread.store._schema.audit_tables import audit, audit_head
from overread.store._schema.case_tables import (
    alerts,
    case_vectors,
    cases,
    image_accessions,
    journal,
    listing,
    reviews,
    signatures,
)
from overread.store._schema.people_tables import assignments, handovers, logins, sign_in_failures, users
from overread.store._schema.review_tables import (
    acknowledgements,
    decision_drafts,
    first_reads,
    marks,
    openings,
    questions,
    report_versions,
)
from overread.store._schema.sending_tables import notices, outbox, reports_elsewhere

__all__ = [
    "acknowledgements",
    "alerts",
    "arrival_positions",
    "arrivals",
    "assignments",
    "audit",
    "audit_head",
    "case_vectors",
    "cases",
    "decision_drafts",
    "first_reads",
    "handovers",
    "hl7_messages",
    "hl7_orders",
    "image_accessions",
    "journal",
    "listing",
    "logins",
    "marks",
    "metadata",
    "notices",
    "openings",
    "outbox",
    "questions",
    "reading_queue",
    "report_versions",
    "reports_elsewhere",
    "reviews",
    "sign_in_failures",
    "signatures",
    "users",
]
