"""Record cases as this version reads them with its embedded models, for versions to come to draft again.

    python -m tests.recorded.record_cases VERSION

Writes `tests/recorded/cases/VERSION/NAME.json.gz`: phantoms drawn here, no patient. Record each release.
"""

import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from overread.admission import Refused
from overread.composition import open_room
from overread.records import Order
from overread.replaying import record_case, write_record
from overread.settings import load_settings
from overread.testing.phantoms import PlacedFinding, prior_of, sample_recipe, write_study

CASES = Path(__file__).parent / "cases"


class Drawn(NamedTuple):
    """A phantom to record."""

    number: int
    findings: tuple[PlacedFinding, ...] = ()
    options: Mapping[str, Any] = {}
    order: Order = Order()
    with_prior: bool = False
    """An earlier study of the same patient, without the first finding."""
    settings: Mapping[str, Any] = {}


LEFT_EFFUSION = PlacedFinding(label="Pleural Effusion", laterality="left", severity="moderate")
PNEUMOTHORAX = PlacedFinding(label="Pneumothorax", laterality="right", severity="large")
DRAWN = {
    "nothing_seen": Drawn(11),
    "pneumothorax": Drawn(21, (PNEUMOTHORAX,), order=Order(priority="STAT", indication="Sudden dyspnoea.")),
    "effusion_and_question": Drawn(33, (LEFT_EFFUSION,), order=Order(question="Pneumonia? Effusion?")),
    "compared": Drawn(45, (LEFT_EFFUSION,), with_prior=True),
    "inverted_16_bit": Drawn(52, (PNEUMOTHORAX,), options={"photometric": "MONOCHROME1", "bits_stored": 16}),
    "a_tool_too_late": Drawn(64, (LEFT_EFFUSION,), settings={"tool_seconds_by_name": {"report": 0.001}}),
}


def main(version: str) -> None:
    """Record every case of the table."""
    for name, drawn in DRAWN.items():
        with tempfile.TemporaryDirectory() as folder:
            _record(name, drawn, version, Path(folder))
        print(name)  # noqa: T201 a script for people


def _record(name: str, drawn: Drawn, version: str, folder: Path) -> None:
    recipe = sample_recipe(drawn.number, findings=drawn.findings)
    write_study(folder / "study", recipe, **drawn.options)
    priors = []
    if drawn.with_prior:
        write_study(folder / "prior", prior_of(recipe))
        priors = [folder / "prior"]
    settings = load_settings(home=folder / "home", **drawn.settings)
    with open_room(settings) as room:
        admitted = room.take_in([folder / "study"], order=drawn.order, priors=priors)
        if isinstance(admitted, Refused):
            raise SystemExit(f"{name} was refused: {admitted.refusal.detail}")
        case_id = room.read(admitted.case.case_id).case_id
    write_record(record_case(settings, case_id), CASES / version / f"{name}.json.gz")


if __name__ == "__main__":
    main(sys.argv[1])
