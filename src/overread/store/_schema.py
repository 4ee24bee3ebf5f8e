"""The tables of the store: the truth about a case; the graph's checkpoints only execute it.

Alembic makes them (`migrations/versions`); a test holds what it makes against what is written here.
"""

import sqlalchemy as sa

from overread.store._types import Moment

metadata = sa.MetaData()

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

# Who may do what. A name is what somebody signs in with; it is never given to another person.
users = sa.Table(
    "users",
    metadata,
    sa.Column("name", sa.String, primary_key=True),
    sa.Column("display_name", sa.String, nullable=False),
    sa.Column("role", sa.String, nullable=False),
    # Argon2id; NULL for somebody whom a proxy or an identity provider vouches for.
    sa.Column("password_hash", sa.String, nullable=True),
    sa.Column("disabled", sa.Boolean, nullable=False),
    sa.Column("created_at", Moment, nullable=False),
)

# Logins by the digest of their cookie: they survive a restart of the page, and end for all processes at once.
logins = sa.Table(
    "logins",
    metadata,
    sa.Column("digest", sa.String, primary_key=True),
    sa.Column("user", sa.String, nullable=False, index=True),
    sa.Column("created_at", Moment, nullable=False),
    sa.Column("seen_at", Moment, nullable=False),
    sa.Column("confirmed_at", Moment, nullable=True),
    sa.Column("ended_at", Moment, nullable=True),
    sa.Column("locked_at", Moment, nullable=True),
)

# Failed tries to sign in, by a digest of the name or of the address.
sign_in_failures = sa.Table(
    "sign_in_failures",
    metadata,
    sa.Column("key", sa.String, primary_key=True),
    sa.Column("failures", sa.Integer, nullable=False),
    sa.Column("failed_at", Moment, nullable=False),
    sa.Column("until", Moment, nullable=False),
)

assignments = sa.Table(
    "assignments",
    metadata,
    sa.Column("case_id", sa.String, sa.ForeignKey("cases.case_id"), primary_key=True),
    sa.Column("assignee", sa.String, nullable=False, index=True),
    sa.Column("assigned_by", sa.String, nullable=False),
    sa.Column("at", Moment, nullable=False),
    # After it anybody may take the case; NULL: it stays with the assignee.
    sa.Column("lease_until", Moment, nullable=True),
)

# What others did with a case that somebody had, until that person has seen it.
handovers = sa.Table(
    "handovers",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("case_id", sa.String, sa.ForeignKey("cases.case_id"), nullable=False),
    sa.Column("told", sa.String, nullable=False, index=True),
    # `taken_over`, `reassigned`, `given`, `released` or `late_order`.
    sa.Column("what", sa.String, nullable=False),
    sa.Column("by", sa.String, nullable=False),
    sa.Column("at", Moment, nullable=False),
    sa.Column("seen_at", Moment, nullable=True),
)

# What a reader decided so far, as made: neither a reload nor a crash loses it.
decision_drafts = sa.Table(
    "decision_drafts",
    metadata,
    sa.Column("case_id", sa.String, sa.ForeignKey("cases.case_id"), primary_key=True),
    sa.Column("author", sa.String, primary_key=True),
    sa.Column("draft_digest", sa.String, nullable=False),
    sa.Column("decisions_json", sa.Text, nullable=False),
    sa.Column("at", Moment, nullable=False),
)

# When somebody first had a case on the screen.
openings = sa.Table(
    "openings",
    metadata,
    sa.Column("case_id", sa.String, sa.ForeignKey("cases.case_id"), primary_key=True),
    sa.Column("reader", sa.String, primary_key=True),
    sa.Column("at", Moment, nullable=False),
)

# What a reader measured or drew on a picture.
marks = sa.Table(
    "marks",
    metadata,
    sa.Column("id", sa.String, primary_key=True),
    sa.Column("case_id", sa.String, sa.ForeignKey("cases.case_id"), nullable=False, index=True),
    sa.Column("author", sa.String, nullable=False),
    sa.Column("mark_json", sa.Text, nullable=False),
    sa.Column("at", Moment, nullable=False),
    sa.Column("removed_at", Moment, nullable=True),
)

# What readers asked the VQA model about a case.
questions = sa.Table(
    "questions",
    metadata,
    sa.Column("id", sa.String, primary_key=True),
    sa.Column("case_id", sa.String, sa.ForeignKey("cases.case_id"), nullable=False, index=True),
    sa.Column("author", sa.String, nullable=False),
    sa.Column("question_json", sa.Text, nullable=False),
    sa.Column("at", Moment, nullable=False),
)

# Every signed state of a report: preliminary, final, and what came after it. A trigger refuses changing or removing
# rows.
report_versions = sa.Table(
    "report_versions",
    metadata,
    sa.Column("case_id", sa.String, sa.ForeignKey("cases.case_id"), primary_key=True),
    sa.Column("version", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("status", sa.String, nullable=False),
    sa.Column("signed_by", sa.String, nullable=False),
    sa.Column("text_digest", sa.String, nullable=False),
    sa.Column("version_json", sa.Text, nullable=False),
    sa.Column("at", Moment, nullable=False),
)

# What a reader saw before the draft was shown to them; rows are never changed.
first_reads = sa.Table(
    "first_reads",
    metadata,
    sa.Column("case_id", sa.String, sa.ForeignKey("cases.case_id"), primary_key=True),
    sa.Column("author", sa.String, primary_key=True),
    sa.Column("first_read_json", sa.Text, nullable=False),
    sa.Column("at", Moment, nullable=False),
)

# One acknowledgement an alert: who was told what, when and how.
acknowledgements = sa.Table(
    "acknowledgements",
    metadata,
    sa.Column("alert_id", sa.String, sa.ForeignKey("alerts.id"), primary_key=True),
    sa.Column("case_id", sa.String, sa.ForeignKey("cases.case_id"), nullable=False, index=True),
    sa.Column("author", sa.String, nullable=False),
    sa.Column("acknowledgement_json", sa.Text, nullable=False),
    sa.Column("at", Moment, nullable=False),
)

# Notices of the escalation ladder: one a step, channel and recipient, whatever is tried again.
notices = sa.Table(
    "notices",
    metadata,
    sa.Column("alert_id", sa.String, sa.ForeignKey("alerts.id"), primary_key=True),
    sa.Column("step", sa.Integer, primary_key=True),
    sa.Column("channel", sa.String, primary_key=True),
    sa.Column("recipient", sa.String, primary_key=True),
    sa.Column("case_id", sa.String, sa.ForeignKey("cases.case_id"), nullable=False, index=True),
    sa.Column("state", sa.String, nullable=False, index=True),
    sa.Column("due_at", Moment, nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("sent_at", Moment, nullable=True),
    sa.Column("error", sa.String, nullable=True),
)

# What is to be sent to named remote systems: one row a state of a report, kind and destination (`store.outbox`).
outbox = sa.Table(
    "outbox",
    metadata,
    sa.Column("id", sa.String, primary_key=True),
    sa.Column("case_id", sa.String, sa.ForeignKey("cases.case_id"), nullable=False, index=True),
    # 0: the draft; n: the signed version n.
    sa.Column("version", sa.Integer, nullable=False),
    # Digest of the draft, or of the signed text.
    sa.Column("content", sa.String, nullable=False),
    sa.Column("kind", sa.String, nullable=False),
    sa.Column("destination", sa.String, nullable=False),
    sa.Column("state", sa.String, nullable=False, index=True),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("next_at", Moment, nullable=False),
    # Kind of the last error, and what is said of it or of the proof; nothing of a patient.
    sa.Column("trouble", sa.String, nullable=True),
    sa.Column("detail", sa.String, nullable=True),
    sa.Column("created_at", Moment, nullable=False),
    sa.Column("updated_at", Moment, nullable=False),
)

# Studies that came in by themselves, by source and a key of the source's own (`store.arrivals`).
arrivals = sa.Table(
    "arrivals",
    metadata,
    sa.Column("source", sa.String, primary_key=True),
    sa.Column("key", sa.String, primary_key=True),
    # Another one whenever there is more of it.
    sa.Column("version", sa.String, nullable=False),
    sa.Column("state", sa.String, nullable=False),
    sa.Column("held", sa.Boolean, nullable=False),
    sa.Column("forced", sa.Boolean, nullable=False),
    sa.Column("first_at", Moment, nullable=False),
    sa.Column("changed_at", Moment, nullable=False),
    sa.Column("not_before", Moment, nullable=True),
    sa.Column("begun_at", Moment, nullable=True),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("received_json", sa.Text, nullable=True),
    sa.Index("ix_arrivals_source_state", "source", "state"),
)

# How far each source of studies was followed, by a number of its own.
arrival_positions = sa.Table(
    "arrival_positions",
    metadata,
    sa.Column("source", sa.String, primary_key=True),
    sa.Column("position", sa.Integer, nullable=False),
)

# Cases that are to be read (`store.reading_queue`).
reading_queue = sa.Table(
    "reading_queue",
    metadata,
    # Of the batch and of the input's name in it.
    sa.Column("id", sa.String, primary_key=True),
    sa.Column("batch", sa.String, nullable=False),
    sa.Column("profile", sa.String, nullable=False),
    # Digest of the input's files, priors and order; NULL where they could not be read.
    sa.Column("content", sa.String, nullable=True),
    # `waiting`, `leased`, `done` or `aside`.
    sa.Column("state", sa.String, nullable=False),
    # When it was put in, and the time that its priority allows on top: the earliest goes first.
    sa.Column("due_at", Moment, nullable=False),
    sa.Column("place", sa.Integer, nullable=False),
    sa.Column("not_before", Moment, nullable=False),
    # Tries that met a fault that passes, and workers that died while they read it.
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("deaths", sa.Integer, nullable=False),
    # Who reads it, under which lease (another one each time), and until when.
    sa.Column("holder", sa.String, nullable=True),
    sa.Column("lease", sa.String, nullable=True),
    sa.Column("lease_until", Moment, nullable=True),
    # What is to be read, and what came of it; both hold names of files, and go once the batch has told of it.
    sa.Column("work_json", sa.Text, nullable=True),
    sa.Column("outcome_json", sa.Text, nullable=True),
    sa.Column("told", sa.Boolean, nullable=False),
    # Why it was set aside, and the words of the last fault.
    sa.Column("reason", sa.String, nullable=True),
    sa.Column("error", sa.String, nullable=True),
    sa.Column("case_id", sa.String, nullable=True),
    sa.Column("seconds", sa.Float, nullable=True),
    sa.Column("entered_at", Moment, nullable=False),
    sa.Column("begun_at", Moment, nullable=True),
    sa.Column("updated_at", Moment, nullable=False),
    sa.Index("ix_reading_queue_next", "state", "due_at", "place"),
    sa.Index("ix_reading_queue_content", "content", "state"),
    sa.Index("ix_reading_queue_batch", "batch", "state", "told"),
)

# Messages of HL7 v2 as they came (`store.hl7_inbox`); `name` is set of those that were taken, and taken once.
hl7_messages = sa.Table(
    "hl7_messages",
    metadata,
    sa.Column("id", sa.String, primary_key=True),
    sa.Column("name", sa.String, nullable=True, unique=True),
    sa.Column("sender", sa.String, nullable=False),
    sa.Column("control_id", sa.String, nullable=False),
    sa.Column("kind", sa.String, nullable=False),
    sa.Column("digest", sa.String, nullable=False),
    sa.Column("content", sa.LargeBinary, nullable=False),
    sa.Column("state", sa.String, nullable=False, index=True),
    # Why it was set aside; nothing of a patient.
    sa.Column("reason", sa.String, nullable=True),
    sa.Column("at", Moment, nullable=False),
)

# Orders that they told of, as the newest message about each says.
hl7_orders = sa.Table(
    "hl7_orders",
    metadata,
    sa.Column("key", sa.String, primary_key=True),
    sa.Column("accession", sa.String, nullable=False, index=True),
    sa.Column("patient_id", sa.String, nullable=False, index=True),
    sa.Column("order_json", sa.Text, nullable=False),
    sa.Column("identity_json", sa.Text, nullable=False),
    sa.Column("open", sa.Boolean, nullable=False),
    # Time that the message states, YYYYMMDDHHMMSS, or empty.
    sa.Column("at", sa.String, nullable=False),
    sa.Column("message_id", sa.String, sa.ForeignKey("hl7_messages.id"), nullable=False),
)

# Reports that were signed in other systems, one row a version (`store.reports_elsewhere`).
reports_elsewhere = sa.Table(
    "reports_elsewhere",
    metadata,
    sa.Column("id", sa.String, primary_key=True),
    sa.Column("source", sa.String, nullable=False),
    sa.Column("key", sa.String, nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("newest", sa.Boolean, nullable=False),
    sa.Column("status", sa.String, nullable=False),
    sa.Column("digest", sa.String, nullable=False),
    # A patient's data: the words, and by what they are joined.
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("accession_number", sa.String, nullable=False),
    sa.Column("study_uid", sa.String, nullable=False),
    sa.Column("identity_json", sa.Text, nullable=False),
    # Its own time, YYYYMMDDHHMMSS, or empty.
    sa.Column("at", sa.String, nullable=False),
    sa.Column("noticed_at", Moment, nullable=False),
    sa.Column("case_id", sa.String, sa.ForeignKey("cases.case_id"), nullable=True, index=True),
    sa.Column("why_apart", sa.String, nullable=True),
    sa.Column("comparison_json", sa.Text, nullable=True),
    sa.UniqueConstraint("source", "key", "version"),
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

# What people did, each row bound to the one before it (`store.audit`).
audit = sa.Table(
    "audit",
    metadata,
    sa.Column("seq", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("at", sa.String, nullable=False),
    sa.Column("actor", sa.String, nullable=False, index=True),
    sa.Column("action", sa.String, nullable=False),
    sa.Column("object", sa.String, nullable=False, index=True),
    sa.Column("detail", sa.Text, nullable=False),
    sa.Column("hash", sa.String, nullable=False),
)

# One row: the newest link of the chain, which every writer takes first.
audit_head = sa.Table(
    "audit_head",
    metadata,
    sa.Column("one", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("seq", sa.Integer, nullable=False),
    sa.Column("hash", sa.String, nullable=False),
)
