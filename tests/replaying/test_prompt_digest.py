"""What a model that sees pictures is asked is named by their pixels too: no answer of one patient serves another."""

from pathlib import Path

import yaml

from overread.composition import open_room
from overread.records import CaseFile
from overread.settings import Settings, load_settings
from overread.testing.phantoms import sample_recipe, write_study

MODELS = {"segmentation": "segmentation", "report": "chat", "vqa": "chat"}
"""Tool to the scripted model behind it; what a classifier is asked holds nothing but the picture."""
ANSWERS = {
    "report": '{"findings": ["No pleural effusion."], "impression": ["No acute abnormality."]}',
    "vqa": '{"answer": "no"}',
}
ONE_UID = "2.25.1"


def _write_profile(folder: Path, name: str, **more: str) -> None:
    roles = {
        tool: {
            "backend": "recorded",
            "model": model,
            "parameters": {
                "file": str(folder / f"{tool}.jsonl"),
                "capability": model,
                **more,
                **({"answer": ANSWERS[tool]} if more and tool in ANSWERS else {}),
            },
        }
        for tool, model in MODELS.items()
    }
    profile = {"describe": name, "tools": ["header", "quality", *MODELS], "roles": roles}
    (folder / f"{name}.yaml").write_text(yaml.safe_dump(profile))


def _read(settings: Settings, study: Path) -> CaseFile:
    with open_room(settings) as room:
        return room.read(room.take_in([study]).case.case_id)  # type: ignore[union-attr]  # no phantom is refused here


def test_every_role_that_sees_a_picture_asks_anew_for_other_pixels(tmp_path: Path) -> None:
    recipe = sample_recipe(5)
    write_study(tmp_path / "first", recipe, study_uid=ONE_UID)
    write_study(tmp_path / "other", sample_recipe(6, view=recipe.view), study_uid=ONE_UID)
    _write_profile(tmp_path, "recording", record="scripted")
    _write_profile(tmp_path, "replaying")

    def settings(profile: str, home: str) -> Settings:
        return load_settings(home=tmp_path / home, profiles_dir=tmp_path, profile=profile)

    first = _read(settings("recording", "a"), tmp_path / "first")
    again = _read(settings("replaying", "b"), tmp_path / "first")
    assert first.failures == again.failures == ()
    assert {item.tool for item in again.evidence} >= set(MODELS)

    other = _read(settings("replaying", "c"), tmp_path / "other")
    assert {failure.tool: failure.kind for failure in other.failures} == dict.fromkeys(MODELS, "unavailable")
    assert not {item.tool for item in other.evidence} & set(MODELS)
