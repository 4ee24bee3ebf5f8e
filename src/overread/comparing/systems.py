"""Who is compared: each reads the same study from what the tools said of it, and says what is there."""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from overread.comparing import react
from overread.comparing.said import Said, Word, in_text
from overread.composition import open_room
from overread.evals.mutations._mutation import Mutation
from overread.evals.mutations.run import mutations
from overread.graphs._context import GRAPH_VERSION
from overread.graphs._tool_run import tool_input
from overread.reading_room import ReadingRoom
from overread.records import CaseFile, Claim, Score
from overread.replaying import RecordedCase
from overread.settings import Settings

LEFT_OUT = ("conflict_check", "adjudication", "verifier", "measured_trust", "told_failures")
"""Parts that the agent is read without."""


@dataclass(frozen=True)
class System:
    """One way to read a study."""

    name: str
    what: str
    read: Callable[[RecordedCase, Settings], Said]


def systems() -> tuple[System, ...]:
    """Give every system; the agent comes first."""
    parts = {mutation.name: mutation for mutation in mutations(LEFT_OUT)}
    return (
        System("agent", "the draft that waits for review", lambda record, _: of_draft(record.file)),
        *(System(f"without {name}", part.what, _without(part)) for name, part in parts.items()),
        System("classifier alone", "what it scores at or above its operating point", lambda record, _: _scored(record)),
        System("report model alone", "its sentences as they are", lambda record, _: _claimed(record)),
        System("tool loop", "every tool called in turn by a script, nothing checked", _looped),
    )


def of_draft(file: CaseFile) -> Said:
    """Read the draft's findings and impression; a study without a draft says nothing."""
    if file.draft is None:
        return Said(refused=True)
    spoken = [item for name in ("findings", "impression") for item in file.draft.sections.get(name, ())]
    words = in_text("\n".join(item.text for item in spoken))
    return Said(words, len(spoken), sum(not item.citations for item in spoken))


def _without(part: Mutation) -> Callable[[RecordedCase, Settings], Said]:
    def read(record: RecordedCase, settings: Settings) -> Said:
        with TemporaryDirectory(prefix="overread-compare-") as folder:
            own = _settings(record, settings, folder)
            opened: AbstractContextManager[ReadingRoom] = part.open(own, record.recorded_tools(), record.trust.trust())
            with opened as room:
                room.store.admit(record.file.case, GRAPH_VERSION, record.headers, None)
                return of_draft(room.read(record.file.case_id))

    return read


def _settings(record: RecordedCase, settings: Settings, folder: str) -> Settings:
    """Give the settings that the study was read with, and a home of its own; no language model words anything."""
    own = {"home": Path(folder), "database": None, "profile": "scripted", **record.settings}
    return Settings.model_validate({**settings.model_dump(), **own})


def _scored(record: RecordedCase) -> Said:
    scores = [item.payload for item in record.file.evidence if isinstance(item.payload, Score)]
    cut: Mapping[tuple[str, float], float] = {
        (score.label, score.probability): 0.5 if score.threshold is None else score.threshold for score in scores
    }
    words = {
        label: Word("present" if chance >= cut[label, chance] else "absent")
        for label, chance in react.chances(scores).items()
    }
    return Said(words, len(words), len(words), refused=record.file.draft is None)


def _claimed(record: RecordedCase) -> Said:
    texts = [item.payload.text for item in record.file.evidence if isinstance(item.payload, Claim)]
    return Said(in_text("\n".join(texts)), len(texts), len(texts), refused=record.file.draft is None)


def _looped(record: RecordedCase, settings: Settings) -> Said:
    """Run the loop over the recorded tools, with the questions that the agent planned."""
    if record.file.plan is None:
        return Said(refused=True)
    with TemporaryDirectory(prefix="overread-compare-") as folder:
        own = _settings(record, settings, folder)
        tools = record.recorded_tools()
        with open_room(own, tools, record.trust.trust()) as room:
            room.store.admit(record.file.case, GRAPH_VERSION, record.headers, None)
            work = tool_input(room.services, record.file.case, record.file.plan, record.file.plan.questions)
            text = react.read(tools, work)
    lines = [line for line in text.splitlines() if line.strip()]
    return Said(in_text(text), len(lines), len(lines))
