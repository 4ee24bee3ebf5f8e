"""A case: what was sent, what is listed and found of it, its reviews, signature, alerts and journal."""

import sqlalchemy as sa

from overread.store._schema._metadata import metadata
from overread.store._types import Moment

cases = sa.Table(
    "cases",
    metadata,
    sa.Column("case_id", sa.String, primary_key=True),
    sa.Column("status", sa.String, nullable=False, index=True),
    sa.Column("profile", sa.String, nullable=False),
    sa.Column("graph_version", sa.Integer, nullable=False),
    sa.Column("priority", sa.String, nullable=False),
    sa.Column("study_uid", sa.String, nullable=False, index=True),
    # Keyed hash of the patient's ID and the day of the study (YYYYMMDD), to find earlier studies by; empty where there
    # is none, NULL in a row of an older version until it is opened.
    sa.Column("patient_key", sa.String, nullable=True),
    sa.Column("study_date", sa.String, nullable=True),
    # Digests of what was read and of the files sent: by either, an input is known again.
    sa.Column("content", sa.String, nullable=True),
    sa.Column("sources_json", sa.Text, nullable=True),
    sa.Column("replaced_by", sa.String, nullable=True),
    sa.Column("draft_digest", sa.String, nullable=True),
    sa.Column("error", sa.String, nullable=True),
    sa.Column("case_json", sa.Text, nullable=False),
    sa.Column("headers_json", sa.Text, nullable=False),
    sa.Column("identity_json", sa.Text, nullable=True),
    sa.Column("file_json", sa.Text, nullable=True),
    sa.Column("created_at", Moment, nullable=False),
    sa.Column("updated_at", Moment, nullable=False),
    sa.Index("ix_cases_patient_key_study_date", "patient_key", "study_date"),
)

# What the worklist finds, sorts and counts by. Not columns of `cases`: they would lie behind its large texts, and to
# count 10,000 cases SQLite would walk through the file of each.
listing = sa.Table(
    "listing",
    metadata,
    sa.Column("case_id", sa.String, sa.ForeignKey("cases.case_id"), primary_key=True),
    sa.Column("status", sa.String, nullable=False),
    # Nobody has anything to do any more: signed, rejected or replaced.
    sa.Column("ended", sa.Boolean, nullable=False),
    sa.Column("priority", sa.String, nullable=False),
    # 0 to 2: of the order or of the critical result, whichever is more urgent.
    sa.Column("urgency", sa.Integer, nullable=False),
    # 1 to 3: of the most urgent critical result; 9 without one.
    sa.Column("category", sa.Integer, nullable=False),
    sa.Column("accession", sa.String, nullable=False),
    sa.Column("modality", sa.String, nullable=False),
    sa.Column("views", sa.String, nullable=False),
    sa.Column("exam", sa.String, nullable=False),
    # YYYYMMDD, with HHMMSS after it where the time is stated; empty where the day is not.
    sa.Column("study_at", sa.String, nullable=False),
    # What is searched, folded: accession, exam and case; name and ID of the patient apart, for those who may see them.
    sa.Column("words", sa.String, nullable=False),
    sa.Column("patient_words", sa.String, nullable=False),
    sa.Column("created_at", Moment, nullable=False),
    sa.Index("ix_listing_rank", "ended", "urgency", "category", "created_at", "case_id"),
)

# Accession numbers that the images of a case name, whether it has an order or not (`store.awaited_orders`).
image_accessions = sa.Table(
    "image_accessions",
    metadata,
    sa.Column("case_id", sa.String, sa.ForeignKey("cases.case_id"), primary_key=True),
    sa.Column("accession", sa.String, primary_key=True, index=True),
)

# One decision per draft, and one signature or rejection per case, whatever the graph believes.
reviews = sa.Table(
    "reviews",
    metadata,
    sa.Column("case_id", sa.String, sa.ForeignKey("cases.case_id"), primary_key=True),
    sa.Column("draft_digest", sa.String, primary_key=True),
    sa.Column("decision", sa.String, nullable=False),
    sa.Column("review_json", sa.Text, nullable=False),
    sa.Column("at", Moment, nullable=False),
)

signatures = sa.Table(
    "signatures",
    metadata,
    sa.Column("case_id", sa.String, sa.ForeignKey("cases.case_id"), primary_key=True),
    sa.Column("decision", sa.String, nullable=False),
    sa.Column("reviewer", sa.String, nullable=False),
    sa.Column("draft_digest", sa.String, nullable=False),
    sa.Column("at", Moment, nullable=False),
)

alerts = sa.Table(
    "alerts",
    metadata,
    sa.Column("id", sa.String, primary_key=True),
    sa.Column("case_id", sa.String, sa.ForeignKey("cases.case_id"), nullable=False, index=True),
    sa.Column("alert_json", sa.Text, nullable=False),
    sa.Column("raised_at", Moment, nullable=False),
)

journal = sa.Table(
    "journal",
    metadata,
    sa.Column("seq", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("case_id", sa.String, nullable=False, index=True),
    sa.Column("at", Moment, nullable=False),
    sa.Column("event", sa.String, nullable=False),
    sa.Column("detail", sa.Text, nullable=False),
)

# What a CLIP made of the picture that a signed case was read on (`store.case_vectors`); of other weights, another row.
case_vectors = sa.Table(
    "case_vectors",
    metadata,
    sa.Column("case_id", sa.String, sa.ForeignKey("cases.case_id"), primary_key=True),
    sa.Column("weights_digest", sa.String, primary_key=True),
    # float32, little endian, of norm 1.
    sa.Column("vector", sa.LargeBinary, nullable=False),
    sa.Column("signed_at", Moment, nullable=False),
    sa.Index("ix_case_vectors_weights_digest_signed_at", "weights_digest", "signed_at"),
)
