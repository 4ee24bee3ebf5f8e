"""Read every study once with the agent, then by everybody else from what its tools said."""

import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from overread._version import __version__
from overread.admission import Refused
from overread.comparing.figures import Figure, figures
from overread.comparing.said import Said
from overread.comparing.studies import Known
from overread.comparing.systems import System, systems
from overread.composition import build_tools, open_room, trust_in
from overread.errors import Unreadable
from overread.ports import Tool
from overread.records import Trust
from overread.replaying import record_case
from overread.settings import Settings, load_profile

AGENT = "agent"
Progress = Callable[[int, int], None]


class SystemRow(BaseModel):
    """One system's figures."""

    model_config = ConfigDict(frozen=True)

    system: str
    what: str
    refused: int
    figures: dict[str, Figure]


class Comparison(BaseModel):
    """Everybody on the same studies."""

    model_config = ConfigDict(frozen=True)

    overread_version: str = __version__
    profile: str
    of: str
    """What was read: the name of the folder, or how many phantoms."""
    studies: int
    patients: int
    unreadable: int
    """Studies that never became a case; they are left out."""
    seconds_a_study: float
    """Of the agent, from the file to the draft; the others read what its tools said."""
    rows: tuple[SystemRow, ...]


def compare(studies: Sequence[Known], of: str, settings: Settings, progress: Progress | None = None) -> Comparison:
    """Read and compare; raises what the nodes raise, and `UsageError` where no study can be read."""
    profile = load_profile(settings.profile, settings)
    tools, trust = build_tools(profile, settings), trust_in(profile, settings)
    everybody = systems()
    said: dict[str, list[Said]] = {system.name: [] for system in everybody}
    read: list[Known] = []
    spent = 0.0
    for number, study in enumerate(studies):
        if progress:
            progress(number, len(studies))
        heard = _heard(study.path, settings, tools, trust, everybody)
        if heard is None:
            continue
        found, seconds = heard
        spent += seconds
        read.append(study)
        for system, one in zip(everybody, found, strict=True):
            said[system.name].append(one)
    return _summed(of, settings.profile, read, len(studies) - len(read), spent, everybody, said)


def _heard(
    path: Path, settings: Settings, tools: dict[str, Tool], trust: Trust, everybody: Sequence[System]
) -> tuple[list[Said], float] | None:
    """Give what each system says of a study, and the agent's seconds; None for what cannot be read."""
    with tempfile.TemporaryDirectory(prefix="overread-compare-") as folder:
        own = settings.model_copy(update={"home": Path(folder), "database": None})
        started = time.monotonic()
        with open_room(own, tools, trust) as room:
            try:
                admitted = room.take_in([path])
            except Unreadable:
                return None
            if isinstance(admitted, Refused):
                return [Said(refused=True) for _ in everybody], time.monotonic() - started
            case_id = room.read(admitted.case.case_id).case_id
        seconds = time.monotonic() - started
        record = record_case(own, case_id, tools, trust)
    return [system.read(record, settings) for system in everybody], seconds


def _summed(
    of: str,
    profile: str,
    read: Sequence[Known],
    unreadable: int,
    spent: float,
    everybody: Sequence[System],
    said: dict[str, list[Said]],
) -> Comparison:
    found = figures(read, said, AGENT) if read else {}
    rows = tuple(
        SystemRow(
            system=system.name,
            what=system.what,
            refused=sum(one.refused for one in said[system.name]),
            figures=found.get(system.name, {}),
        )
        for system in everybody
    )
    return Comparison(
        profile=profile,
        of=of,
        studies=len(read),
        patients=len({study.patient for study in read}),
        unreadable=unreadable,
        seconds_a_study=round(spent / len(read), 2) if read else 0.0,
        rows=rows,
    )
