"""Take a case out of the store to be exported, and write the kinds that were asked for."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from overread import plugins
from overread.errors import UsageError
from overread.export._output import Export, Writer
from overread.imaging.wire_format import PatientIdentity
from overread.outputs.draft_policy import held_back
from overread.records import CaseFile
from overread.settings import DraftPolicy
from overread.store.files import refuse_file
from overread.store.home import Home

NOTHING_YET = {
    "received": "was not read yet: overread read INPUT",
    "running": "is being read; export it when its draft is there",
    "refused": "was refused at the gate: there is no report of it",
    "failed": "failed; reading its input again takes it up",
    "rejected": "has a draft that was rejected: there is no report of it",
    "replaced": "was replaced by a later read of the same study: overread review list",
}
"""What is said of a case in each status that has no report to give."""


@dataclass(frozen=True)
class Written:
    """What became of one kind: its files, or why it does not apply."""

    kind: str
    files: tuple[Path, ...] = ()
    why_not: str | None = None


def kinds() -> tuple[str, ...]:
    """Name the kinds of output that there are, sorted."""
    return tuple(name.replace("_", "-") for name in plugins.names("export"))


def writers(names: Sequence[str]) -> tuple[Writer, ...]:
    """Give the writers of kinds, each once; raises `UsageError` for a kind that there is not."""
    known = kinds()
    if unknown := [name for name in names if name not in known]:
        raise UsageError(f"no kind of output named '{unknown[0]}'; there are: {', '.join(known)}")
    return tuple(plugins.builder("export", name.replace("-", "_"))() for name in dict.fromkeys(names))


def export_of(home: Home, case_id: str, policy: DraftPolicy, clock: Callable[[], datetime] | None = None) -> Export:
    """Gather a case that has a report, a draft or a signed one.

    Raises `CaseUnknown`, and `UsageError` for a case without a report or whose draft the policy keeps back.
    """
    file = home.cases.file(case_id)
    if file is None or file.draft is None or file.status in NOTHING_YET:
        raise UsageError(f"case {case_id} {_nothing(home, case_id, file)}")
    if why := held_back(file, policy):
        raise UsageError(f"case {case_id} stays here: {why}")
    known = home.cases.identity(case_id)
    return Export(
        file=file,
        identity=None if known is None else PatientIdentity.model_validate(known),
        headers=home.cases.headers(case_id),
        pixels=home.pictures,
        artifacts=home.artifacts,
        clock=clock or (lambda: datetime.now(UTC)),
    )


def write_kinds(export: Export, chosen: Sequence[Writer], folder: Path) -> tuple[Written, ...]:
    """Write each kind that applies into a folder, which is made; raises `UsageError` where a file is in its place."""
    refuse_file(folder, "--to")
    found = []
    for writer in chosen:
        if why := writer.why_not(export):
            found.append(Written(writer.name, why_not=why))
            continue
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        found.append(Written(writer.name, tuple(writer.write(export, folder))))
    return tuple(found)


def _nothing(home: Home, case_id: str, file: CaseFile | None) -> str:
    status = file.status if file else home.cases.row(case_id).status
    return NOTHING_YET.get(status, "has no draft")
