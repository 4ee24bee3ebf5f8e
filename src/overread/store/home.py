"""The store: one folder with pictures, artifacts and deliveries, and a database in it or elsewhere."""

import os
import secrets
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from overread.errors import StoreError
from overread.settings import Settings
from overread.store.acknowledgements import Acknowledgements
from overread.store.arrivals import Arrivals
from overread.store.assignments import Assignments
from overread.store.awaited_orders import AwaitedOrders
from overread.store.case_vectors import CaseVectors
from overread.store.cases import CaseStore
from overread.store.database import open_database
from overread.store.decision_drafts import DecisionDrafts
from overread.store.first_reads import FirstReads
from overread.store.hl7_inbox import Hl7Inbox
from overread.store.marks import Marks
from overread.store.notices import Notices
from overread.store.outbox import Outbox
from overread.store.people import People
from overread.store.pictures import PictureFolder
from overread.store.progress import ProgressFolder
from overread.store.questions import Questions
from overread.store.reading_queue import ReadingQueue
from overread.store.report_versions import ReportVersions
from overread.store.reports_elsewhere import ReportsElsewhere
from overread.store.worklist import Worklist

KEY_BYTES = 32


class Home:
    """Where everything of one installation lives; made on first use, then for its owner only.

    `database` is a SQLAlchemy URL; None: SQLite in the folder, in WAL mode. Machines that share a PostgreSQL database
    share the folder too.
    """

    def __init__(self, root: Path, database: str | None = None) -> None:
        self.root = root
        self.database = open_database(root, database)
        self.pictures = PictureFolder(root / "pictures")
        self.artifacts = PictureFolder(root / "artifacts")
        self.cases = CaseStore(self.database)
        self.acknowledgements = Acknowledgements(self.database, self.cases.audit)
        self.first_reads = FirstReads(self.database, self.cases.audit)
        self.report_versions = ReportVersions(self.database, self.cases.audit)
        self.notices = Notices(self.database)
        self.outbox = Outbox(self.database, self.cases.audit)
        self.questions = Questions(self.database, self.cases.audit)
        self.decision_drafts = DecisionDrafts(self.database)
        self.people = People(self.database, self.cases.audit, lambda: datetime.now(UTC))
        self.marks = Marks(self.database, self.cases.audit)
        self.arrivals = Arrivals(self.database, self.cases.audit)
        self.reading_queue = ReadingQueue(self.database)
        self.reports_elsewhere = ReportsElsewhere(self.database, self.cases.audit)
        self.hl7 = Hl7Inbox(self.database, self.cases.audit, self.reports_elsewhere)
        self.case_vectors = CaseVectors(self.database)
        self.worklist = Worklist(self.database)
        self.assignments = Assignments(self.database, self.cases.audit)
        self.awaited_orders = AwaitedOrders(self.database, self.cases, self.assignments)
        self.progress = ProgressFolder(root / "progress")
        self.checkpoints = root / "checkpoints.sqlite"

    def delivery(self, case_id: str) -> Path:
        """Give the folder that a case is delivered into; made when it is not there."""
        folder = self.root / "deliveries" / case_id
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    @property
    def key(self) -> bytes:
        """Give the secret that turns a patient's identifier into a key; made once, never leaves the folder.

        Raises `StoreError` for a file of another length: with part of a secret, or none, keys could be guessed, and a
        patient's earlier studies would not be found.
        """
        path = self.root / "patient.key"
        if not path.exists():
            _create_once(path, secrets.token_bytes(KEY_BYTES))
        key = path.read_bytes()
        if len(key) != KEY_BYTES:
            raise StoreError(
                f"{path} is damaged: {len(key)} bytes in place of {KEY_BYTES}; take it from the backup of this home. "
                "Where there is none, remove it: a new one is made, and patients are not known again by the old one"
            )
        return key

    def close(self) -> None:
        """Close the database."""
        self.database.close()


def open_home(settings: Settings) -> Home:
    """Open the store that the settings name."""
    return Home(settings.home, settings.database.get_secret_value() if settings.database else None)


def _create_once(path: Path, content: bytes) -> None:
    """Write a whole file under its name unless somebody was first; two processes then read the same bytes."""
    descriptor, name = tempfile.mkstemp(dir=path.parent)
    try:
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        os.link(name, path)
    except FileExistsError:
        return
    finally:
        os.unlink(name)
