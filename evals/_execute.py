"""Run one scenario in a home of its own: nothing of another case can reach it."""

import logging
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import NamedTuple

from overread.admission import Refused
from overread.composition import open_room, trust_in
from overread.errors import Unreadable, UsageError
from overread.evals._asks import put
from overread.evals._reviewer import Reviewer
from overread.evals._run import Fingerprint as Fingerprint
from overread.evals._run import Run as Run
from overread.evals._run import fingerprint
from overread.evals._scenario import Setup
from overread.evals._studies import write_reports, write_spec
from overread.evals._tools import tools_of
from overread.evals._variants import told_otherwise
from overread.ports import Tool
from overread.prior_intake import SentPriors
from overread.reading_room import ReadingRoom
from overread.reasoning.vocabulary import LABELS
from overread.records import CaseFile, Step, Trust
from overread.settings import Settings, load_profile
from overread.store.home import Home

STORE = "cases.sqlite"
Opener = Callable[..., AbstractContextManager[ReadingRoom]]
"""Opens a reading room as `composition.open_room` does, called as `opener(settings, tools=…, trust=…)`."""


def execute(setup: Setup, settings: Settings, live_tools: Mapping[str, Tool], *, opener: Opener = open_room) -> Run:
    """Send the study, read the case to its rest, ask and review as told, and gather what is there.

    `opener` opens the room; another one gives a room with a part missing, to see which scenarios notice. What the setup
    asks to be run again (`k`, `seeds`, `variants`) is run again, and only its outcome is kept.
    """
    once = _once(setup, settings, live_tools, opener)
    again = {
        name: fingerprint(_once(other, settings, live_tools, opener, tools_reversed=reversed_))
        for name, other, reversed_ in _others(setup)
    }
    return replace(once, again=again)


def _others(setup: Setup) -> Iterator[tuple[str, Setup, bool]]:
    """Give the repeats and variants of a setup: name, what is run, and whether its tools come in reverse order."""
    alone = setup.model_copy(update={"asks": (), "review": ()})
    for number in range(2, setup.k + 1):
        yield f"run {number}", alone, False
    for seed in setup.seeds:
        study = setup.study.model_copy(update={"phantom": setup.study.phantom + seed})
        yield f"seed {seed}", alone.model_copy(update={"study": study}), False
    for variant in setup.variants:
        told = told_otherwise(variant, setup.study, setup.order)
        yield variant, alone.model_copy(update={"study": told.study, "order": told.order}), told.tools_reversed


class _Sent(NamedTuple):
    """What came of sending a study."""

    file: CaseFile | None
    refusal: str | None
    notes: tuple[str, ...] = ()
    steps: tuple[Step, ...] = ()


def _once(
    setup: Setup, settings: Settings, live: Mapping[str, Tool], opener: Opener, *, tools_reversed: bool = False
) -> Run:
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="overread-scenario-")))
        # Never the installation's own store, and so not its database either.
        apart = {"home": _empty_home(folder), "database": None}
        own = Settings.model_validate({**settings.model_dump(), **apart, **setup.settings})
        tools = stack.enter_context(tools_of(setup.tools, live, own))
        named = dict(reversed(tools.by_name.items())) if tools_reversed else dict(tools.by_name)
        room = stack.enter_context(opener(own, tools=named, trust=_trust(setup, own)))
        log = stack.enter_context(_logged())
        started = time.monotonic()
        sent = _send(room, setup, folder)
        runs, seconds = tools.runs, time.monotonic() - started
        asked = put(room, sent.file, setup.asks, tools) if sent.file else ()
        reviewed = Reviewer(room, sent.file).do(setup.review) if sent.file else ()
        return Run(
            file=sent.file,
            refusal=sent.refusal,
            notes=sent.notes,
            cases=len(room.worklist()),
            tool_runs=runs,
            seconds=seconds,
            steps=sent.steps,
            journal=_journal(room, sent.file),
            log=tuple(log),
            prompts=tools.prompts,
            asked=asked,
            reviewed=reviewed,
        )


def _empty_home(folder: Path) -> Path:
    """Make a home with an empty store in it."""
    home = folder / "home"
    home.mkdir(mode=0o700)
    (home / STORE).write_bytes(_empty_store())
    return home


@cache
def _empty_store() -> bytes:
    """Give the file of an empty store: its tables are made once, not for each scenario."""
    with tempfile.TemporaryDirectory(prefix="overread-scenario-") as folder:
        Home(Path(folder)).close()
        return (Path(folder) / STORE).read_bytes()


@contextmanager
def _logged() -> Iterator[list[str]]:
    """Collect what the program logs meanwhile."""
    lines: list[str] = []

    class Collect(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            lines.append(record.getMessage())

    handler, logger = Collect(), logging.getLogger("overread")
    logger.addHandler(handler)
    try:
        yield lines
    finally:
        logger.removeHandler(handler)


def _journal(room: ReadingRoom, file: CaseFile | None) -> tuple[str, ...]:
    if file is None:
        return ()
    return tuple(f"{event} {detail}" for _, event, detail in room.store.journal(file.case_id))


def _trust(setup: Setup, settings: Settings) -> Trust:
    """Give the profile's measured trust with the scenario's laid over it."""
    measured = trust_in(load_profile(settings.profile, settings), settings)
    given = {
        tool: {name: figure for label, figure in figures.items() for name in (LABELS if label == "*" else (label,))}
        for tool, figures in setup.trust.items()
    }
    return Trust.of_figures(given).over(measured)


def _send(room: ReadingRoom, setup: Setup, folder: Path) -> _Sent:
    study = [write_spec(spec, folder / f"study{number}") for number, spec in enumerate((setup.study, *setup.beside))]
    priors = SentPriors(
        tuple(write_spec(spec, folder / f"prior{number}") for number, spec in enumerate(setup.priors)),
        write_reports(setup.priors, folder),
    )
    sent = _take(room, setup, study, priors)
    for _ in range(setup.sent - 1):
        sent = _take(room, setup, study, priors)
    if setup.sent_again_as is not None:
        sent = _take(room, setup, [write_spec(setup.sent_again_as, folder / "again")], priors)
    return sent


def _take(room: ReadingRoom, setup: Setup, study: list[Path], priors: SentPriors) -> _Sent:
    steps: dict[str, Step] = {}
    try:
        admitted = room.take_in(study, order=setup.order, priors=priors)
    except Unreadable as error:
        return _Sent(None, error.reason)
    except UsageError as error:
        return _Sent(None, type(error).__name__, (str(error),))
    if isinstance(admitted, Refused):
        return _Sent(None, admitted.refusal.reason, admitted.notes)

    def listen(step: Step) -> None:
        steps[step.key] = step

    file = room.read(admitted.case.case_id, listen)
    refusal = file.gate.refusal.reason if file.gate and file.gate.refusal else None
    return _Sent(file, refusal, admitted.case.input_notes, tuple(steps.values()))
