"""Time what the graph adds to tools of known latency: to the case, and to the alert of the tool that sees it."""

import statistics
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

from overread.admission import AdmittedCase
from overread.composition import open_room
from overread.ports import Tool
from overread.reading_room import ReadingRoom
from overread.reasoning.vocabulary import LABELS
from overread.records import HeaderValue, Measurement, Trust
from overread.settings import load_settings
from overread.testing.doubles import ScriptedTool, make_case, make_picture, make_study
from overread.testing.doubles.payloads import make_ratio, make_score

CASES, WARM_UP = 8, 2
SECONDS = {"segmentation": 1.0, "classification": 1.0, "report": 3.0, "vqa": 2.0}
"""Latency of each model tool; those of the gate take none."""
TRUST = Trust.of_figures({"classification": dict.fromkeys(LABELS, 0.98)})


def tools(seconds: Mapping[str, float] = SECONDS) -> dict[str, Tool]:
    """Give gate tools that pass and model tools that take their time; the classifier sees a pneumothorax."""
    blank = Measurement(name="blank_fraction", value=0.0, unit="1", method="double")
    scores = [make_score(label, 0.95 if label == "Pneumothorax" else 0.05) for label in LABELS if label != "No Finding"]
    seen = {"segmentation": [make_ratio(0.44)], "classification": scores}
    return {
        "header": ScriptedTool("header", [HeaderValue(keyword="ViewPosition", value="PA")]),
        "quality": ScriptedTool("quality", [blank, blank.model_copy(update={"name": "dynamic_range", "value": 1.0})]),
        **{name: ScriptedTool(name, seen.get(name, ()), seconds=spent) for name, spent in seconds.items()},
    }


def put(room: ReadingRoom, number: int) -> str:
    """Admit a drawn study and give its case id."""
    picture = make_picture(number)
    study = make_study(number, pictures=(picture,))
    image = study.images[0].model_copy(update={"pixels_digest": room.home.pictures.put(picture)})
    series = study.series[0].model_copy(update={"images": (image,)})
    case = make_case(study.model_copy(update={"series": (series,)}), case_id=f"c-{number:012d}")
    room.admit(AdmittedCase(case=case, headers={image.sop_instance_uid: {"ViewPosition": "PA"}}, identity=None))
    return case.case_id


def main() -> None:
    """Print the seconds that a case takes over its slowest tool, as a share of it, and the time to the alert."""
    critical, alerting = max(SECONDS.values()), SECONDS["classification"]
    over, alert = [], []
    with tempfile.TemporaryDirectory() as name:
        with open_room(load_settings(home=Path(name), profile="scripted"), tools=tools(), trust=TRUST) as room:
            for number in range(CASES + WARM_UP):
                case_id = put(room, number)
                began = time.monotonic()
                file = room.read(case_id)
                over.append(time.monotonic() - began - critical)
                run = next(run for run in file.manifest.tool_runs if run.tool == "classification")
                alert.append((file.alerts[0].raised_at - run.started).total_seconds())
        size = (Path(name) / "checkpoints.sqlite").stat().st_size
    spent, told = statistics.median(over[WARM_UP:]), statistics.median(alert[WARM_UP:])
    print(f"orchestration  {1000 * spent:.0f} ms over {critical:g} s of models, {spent / critical:.1%} (at most 5 %)")
    print(f"alert          {told:.3f} s after its tool began, {told / alerting:.2f} x its latency (at most 1.10)")
    print(f"checkpoints    {size / (CASES + WARM_UP) / 1024:.0f} KiB a case")


if __name__ == "__main__":
    main()
