"""Record a case that waits for its review, as the version of Overread on the path leaves it.

    git worktree add ../before COMMIT
    PYTHONPATH=../before/src python tests/recorded/make.py COMMIT

Writes `tests/recorded/COMMIT.tar.xz`: the home folder of a phantom study read by scripted tools. Only what every
version has is used, so that old ones can be recorded too. Record each landing that changes the graph, its state or the
store.
"""

import sys
import tarfile
import tempfile
from pathlib import Path

from overread.composition import open_room
from overread.ports import Tool
from overread.reasoning import trust
from overread.reasoning.vocabulary import LABELS
from overread.records import Answer, Claim, HeaderValue, Measurement, Order, Score
from overread.settings import load_settings
from overread.testing.doubles import ScriptedTool
from overread.testing.phantoms import sample_recipe, write_study

KEPT = ("cases.sqlite", "checkpoints.sqlite", "pictures", "artifacts")


def measured(name: str, value: float) -> Measurement:
    """Measure something without a unit."""
    return Measurement(name=name, value=value, unit="1", method="double")


def scored(label: str, probability: float) -> Score:
    """Score a label by a calibrated head."""
    return Score(label=label, probability=probability, threshold=0.5, calibrated=True, method="head")


def tools() -> dict[str, Tool]:
    """Give tools that see an effusion and a critical pneumothorax, and a report model that claims a sentence."""
    question = "Is there a pleural effusion?"
    return {
        "header": ScriptedTool("header", [HeaderValue(keyword="ViewPosition", value="PA")]),
        "quality": ScriptedTool("quality", [measured("blank_fraction", 0.0), measured("dynamic_range", 1.0)]),
        "segmentation": ScriptedTool("segmentation", [measured("cardiothoracic_ratio", 0.44)]),
        "classification": ScriptedTool(
            "classification", [scored("Pleural Effusion", 0.9), scored("Pneumothorax", 0.9)]
        ),
        "report": ScriptedTool("report", [Claim(text="The lungs are clear.", section="findings")]),
        "vqa": ScriptedTool("vqa", [Answer(question=question, answer="cannot tell", status="uncertain")]),
    }


def _nobodys(member: tarfile.TarInfo) -> tarfile.TarInfo:
    """Leave out who packed it, and when."""
    member.uid = member.gid = 0
    member.uname = member.gname = ""
    member.mtime = 0
    return member


def main(name: str) -> None:
    """Read the phantom up to its review and pack the home folder."""
    votes = trust.Trust.of_figures({"classification": dict.fromkeys(LABELS, 0.98)})  # type: ignore[attr-defined]
    with tempfile.TemporaryDirectory() as folder:
        home, study = Path(folder) / "home", Path(folder) / "study"
        write_study(study, sample_recipe(3, view="PA", flipped=False), size=128)
        order = Order(accession_number="REC-1", indication="recorded", priority="urgent")
        with open_room(load_settings(home=home, profile="scripted"), tools=tools(), trust=votes) as room:
            taken = room.take_in([study], order=order)
            room.read(taken.case.case_id)  # type: ignore[union-attr]
        with tarfile.open(Path(__file__).parent / f"{name}.tar.xz", "w:xz") as archive:
            for part in KEPT:
                if (home / part).exists():
                    archive.add(home / part, arcname=part, filter=_nobodys)


if __name__ == "__main__":
    main(*sys.argv[1:])
