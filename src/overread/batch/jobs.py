"""Cases of a batch as the queue keeps them, and back."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import TypeAdapter

from overread.admission import file_digests
from overread.batch.work import Work
from overread.errors import InputError, UsageError
from overread.records import content_digest
from overread.settings import Limits, Settings
from overread.store.reading_queue import Job


@dataclass(frozen=True)
class Queued:
    """What a worker is told of a case: what to read, and the folder that its own is written into."""

    work: Work
    out: Path


_QUEUED = TypeAdapter(Queued)


def batch_id(summary: Path) -> str:
    """Name a batch by where its summary lies, so that whoever goes on with it finds what it left."""
    return f"b-{content_digest(str(summary.resolve()))}"


def job_id(batch: str, name: str) -> str:
    """Name a case of a batch by its input's name, which is one line of the summary."""
    return f"q-{content_digest([batch, name], 16)}"


def jobs_of(works: Sequence[Work], batch: str, out: Path, settings: Settings) -> Iterator[Job]:
    """Give works as they are put into the queue; files here are read once for their digest, as the job is asked for."""
    allowed = settings.worklist_limits.by_priority()
    for place, work in enumerate(works):
        yield Job(
            id=job_id(batch, work.name),
            batch=batch,
            profile=settings.profile,
            content=input_digest(work, settings.limits),
            allowed=allowed[work.priority],
            place=place,
            work_json=_QUEUED.dump_json(Queued(work, out.absolute())).decode(),
        )


def queued_of(work_json: str) -> Queued:
    """Read what the queue kept."""
    return _QUEUED.validate_json(work_json)


def input_digest(work: Work, limits: Limits) -> str | None:
    """Digest the files of an input, priors and order as 64 hex digits; None for what cannot be listed or read.

    Of a study at an archive: where it is and what the archive says of it, before any of it is fetched.
    """
    if (remote := work.remote) is not None:
        earlier = [f"priors {remote.wanted.most} {remote.wanted.years}"] if remote.wanted.most else []
        told = [remote.archive, remote.key or work.name, remote.version, *remote.modalities, *earlier, *_order(work)]
        return content_digest(told, 64)
    try:
        files = sorted(file_digests(work.paths, limits))
        priors = [*work.priors, *work.prior_reports]
        earlier = sorted(file_digests(priors, limits)) if priors else []
    except (InputError, UsageError, OSError):
        return None  # the reading says why
    return content_digest([files, earlier, *(_order(work) or [None])], 64)


def _order(work: Work) -> list[object]:
    return [work.order.model_dump(mode="json")] if work.order else []
