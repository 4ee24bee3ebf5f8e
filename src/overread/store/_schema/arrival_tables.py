"""What arrives, and what waits to be read."""

import sqlalchemy as sa

from overread.store._schema._metadata import metadata
from overread.store._types import Moment

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
    # The host that settled it; NULL where its last worker died, or a version before this column read it.
    sa.Column("host", sa.String, nullable=True),
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
