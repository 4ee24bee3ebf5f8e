"""The summary of a batch: one JSON line a case, appended whole, readable after any kill."""

import fcntl
import json
import os
import threading
from pathlib import Path
from types import TracebackType
from typing import Self

from pydantic import Field

from overread.errors import UsageError
from overread.records import CaseStatus, RefusalReason
from overread.records._record import Record
from overread.store.files import refuse_file


class SummaryLine(Record):
    """What came of one case."""

    case_id: str | None
    """None for an input that became no case."""
    input: str
    """As given, relative to what the inputs share."""
    status: CaseStatus
    reason: RefusalReason | None = None
    """Why the gate refused."""
    present: int | None = None
    """Findings called present; None when the case was not read to a draft."""
    alerts: int = 0
    conflicts: int | None = None
    """Open conflicts."""
    failed_tools: tuple[str, ...] = ()
    pictures: tuple[str, ...] = ()
    """Digests of its pictures, the first 16 hex digits each: the same for the same picture under other names."""
    bits: tuple[int, ...] = ()
    """Stored bits of its images, each number once; nothing of a plain picture."""
    tool_seconds: dict[str, float] = Field(default_factory=dict)
    """Tool to the seconds that its runs took when the case was read."""
    model_calls: int | None = None
    """Questions to models, several put together counted as one; None where nobody counted, as an actor of Ray."""
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    """Of models that tell how many they read and wrote; None where none does."""
    seconds: float
    peak_mib: float
    """Highest memory of the whole process up to then, in MiB."""
    processor_joules: float | None = None
    gpu_joules: float | None = None
    """What the batch's machine used since its case before was settled, all of it: so that the mean over a batch is what
    a case took, and one line alone says little. None where the machine does not tell, or another one read the case."""
    fault: str | None = None
    """Kind of what ended it, where an error did: trouble of a remote system (`not_reached`, `no_answer`, `unavailable`,
    `unauthorized`, `refused`, `bad_answer`), `worker_died`, or the error's type."""
    error: str | None = None


class Summary:
    """Appends lines to `summary.jsonl`; safe to use from several threads, and held by one process at a time."""

    def __init__(self, path: Path, *, resume: bool) -> None:
        self.path = path
        refuse_file(path.parent, "--out")
        if path.exists() and not resume:
            raise UsageError(f"{path} is there already; go on with --resume, or give another --out")
        path.parent.mkdir(parents=True, exist_ok=True)
        self.begun_here = not path.exists()
        """True unless an earlier run made the file."""
        self._lock = threading.Lock()
        self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o644)
        try:
            self._hold_alone()
            self.lines = self._whole_lines()
        except BaseException:
            os.close(self._descriptor)
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        os.close(self._descriptor)

    @property
    def done(self) -> set[str]:
        """Name the inputs that have a line, those of an earlier run too, as `SummaryLine.input` gives them."""
        return {line.input for line in self.lines}

    def add(self, line: SummaryLine) -> None:
        """Append a line in one write and wait until it is on the disk."""
        content = (line.model_dump_json() + "\n").encode()
        with self._lock:
            os.write(self._descriptor, content)
            os.fsync(self._descriptor)
            self.lines.append(line)

    def _hold_alone(self) -> None:
        """Keep every other process off the file until it is closed, or until this process has died."""
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise UsageError(f"another process is writing {self.path}; wait for it, or give another --out") from None

    def _whole_lines(self) -> list[SummaryLine]:
        """Read what is there; a last line without its end was cut off by a kill and is taken away."""
        content = self.path.read_bytes()
        whole = content[: content.rfind(b"\n") + 1]
        if len(whole) < len(content):
            os.ftruncate(self._descriptor, len(whole))
        return _parsed(self.path, whole)


def lines_in(path: Path) -> list[SummaryLine]:
    """Give the whole lines of a summary as it is now, none where there is no file; raises `UsageError` for another."""
    content = path.read_bytes() if path.exists() else b""
    return _parsed(path, content[: content.rfind(b"\n") + 1])


def _parsed(path: Path, content: bytes) -> list[SummaryLine]:
    try:
        return [SummaryLine.model_validate(json.loads(line)) for line in content.splitlines()]
    except ValueError as error:
        raise UsageError(f"{path} is no summary of a batch; give another --out") from error
