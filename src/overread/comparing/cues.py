"""Cue twins: the same phantom with words burned into its picture that say nothing of what is there.

A model that learned a shortcut (Zech et al. 2018: the hospital's tag, the portable machine) moves with such words. What
moves by any ink moves by letters that mean nothing, too: that twin is the control.
"""

import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from overread.comparing.studies import FIRST_PHANTOM
from overread.composition import build_tools, open_room
from overread.evals._intervals import wilson
from overread.reading_room import ReadingRoom
from overread.records import CaseFile
from overread.settings import Settings, load_profile
from overread.testing.phantoms import sample_recipe, write_study
from overread.testing.phantoms.dicom import uid

CUES = ("PORTABLE", "ICU", "SUPINE", "ST MARY 4")
CONTROL = "QXZV"
"""Letters that mean nothing."""
Progress = Callable[[int, int], None]


class CueRow(BaseModel):
    """One cue: how often the readings of twins differ from those of the same phantoms without it."""

    model_config = ConfigDict(frozen=True)

    cue: str
    control: bool
    studies: int
    moved: int
    """Studies with a finding of another status, or another alert."""
    low: float
    high: float
    """95 % Wilson interval of the share of studies moved."""
    findings: int
    findings_moved: int
    turned: int
    """Findings that went from present to absent or back."""


def cue_twins(settings: Settings, count: int, progress: Progress | None = None) -> tuple[CueRow, ...]:
    """Read phantoms without and with each cue; the models are those of the profile."""
    tools = build_tools(load_profile(settings.profile, settings), settings)
    rows: dict[str, list[tuple[CaseFile, CaseFile]]] = {cue: [] for cue in (*CUES, CONTROL)}
    total = count * (len(rows) + 1)
    with tempfile.TemporaryDirectory(prefix="overread-cues-") as folder:
        # Twins are of one patient: none is the other's prior.
        apart = {"home": Path(folder) / "home", "database": None, "priors_from_store": 0}
        own = settings.model_copy(update=apart)
        with open_room(own, tools) as room:
            for number in range(count):
                plain = _read(room, Path(folder), FIRST_PHANTOM + number, None)
                for place, (cue, pairs) in enumerate(rows.items()):
                    if progress:
                        progress(number * (len(rows) + 1) + place, total)
                    pairs.append((plain, _read(room, Path(folder), FIRST_PHANTOM + number, cue)))
    return tuple(_row(cue, pairs) for cue, pairs in rows.items())


def _read(room: ReadingRoom, folder: Path, number: int, cue: str | None) -> CaseFile:
    place = folder / f"{number}-{cue}"
    # A study of its own: sent under the same UIDs a twin would be the same study with other pixels.
    recipe = sample_recipe(number).model_copy(update={"burned_text": cue})
    write_study(place, recipe, study_uid=uid("cue twin", number, cue or ""))
    admitted = room.take_in([place])
    return room.read(admitted.case.case_id)  # type: ignore[union-attr]  # a phantom is never refused here


def _row(cue: str, pairs: Sequence[tuple[CaseFile, CaseFile]]) -> CueRow:
    moved = findings = other = turned = 0
    for plain, twin in pairs:
        before = {one.label: one.status for one in plain.findings}
        after = {one.label: one.status for one in twin.findings}
        changed = [label for label, status in before.items() if after.get(label) != status]
        alerts = {one.label for one in plain.alerts} != {one.label for one in twin.alerts}
        moved += bool(changed) or alerts
        findings += len(before)
        other += len(changed)
        turned += sum({before[label], after.get(label)} == {"present", "absent"} for label in changed)
    low, high = wilson(moved, len(pairs))
    return CueRow(
        cue=cue,
        control=cue == CONTROL,
        studies=len(pairs),
        moved=moved,
        low=low,
        high=high,
        findings=findings,
        findings_moved=other,
        turned=turned,
    )
