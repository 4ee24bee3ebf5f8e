"""The header tool tells only what is known; the quality tool measures and asks only what can be asked."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from overread.backends.scripted import ScriptedEmbedding, Turns
from overread.errors import RoleUnfilled
from overread.ports import BackendCard, EmbeddingBackend, ToolInput
from overread.records import Evidence, Hanging, HeaderValue, Measurement, Spacing
from overread.testing.doubles import make_picture, make_study, make_work
from overread.testing.doubles.parts import make_parts
from overread.tools import classification, header, quality


def values(work: ToolInput) -> dict[str, HeaderValue]:
    evidence = header.build(make_parts()).run(work)
    return {item.payload.keyword: item.payload for item in evidence if isinstance(item.payload, HeaderValue)}


def figures(evidence: list[Evidence]) -> dict[str, float]:
    return {item.payload.name: item.payload.value for item in evidence if isinstance(item.payload, Measurement)}


def test_header_values_are_the_allowed_ones_and_the_date_only_its_year() -> None:
    spacing = Spacing(row_mm=0.14, column_mm=0.14, source="ImagerPixelSpacing", calibrated=False)
    told = values(make_work(spacing=spacing, header={"BodyPartExamined": "CHEST", "PatientAge": "063Y"}))
    assert told["ViewPosition"].value == "PA"
    assert told["StudyDate"].value == "2026"
    assert told["BodyPartExamined"].value == "CHEST"
    assert "PatientAge" not in told
    assert "magnified" in (told["ImagerPixelSpacing"].note or "")


def test_a_plain_picture_tells_only_its_size_and_that_it_has_no_spacing() -> None:
    study = make_study(views=(None,), modality="OT", date=None, pictures=(make_picture(),))
    told = values(make_work(study=study.model_copy(update={"source": "image"})))
    assert set(told) == {"Rows", "Columns", "PixelSpacing"}
    assert told["PixelSpacing"].value == "none"


def test_quality_measures_a_blank_picture_and_does_not_ask_what_it_is() -> None:
    model = ScriptedEmbedding()
    evidence = quality.build(make_parts(classification=model)).run(make_work(np.zeros((64, 64), np.uint8)))
    told = figures(list(evidence))
    assert told["blank_fraction"] == 1.0
    assert told["dynamic_range"] == 0.0
    assert "out_of_distribution" not in told
    assert model.turns.taken == 0


def write_heads(folder: Path, picture: np.ndarray[tuple[int, ...], np.dtype[np.uint8]]) -> BackendCard:
    """Write heads whose out-of-distribution probability is 0.5 for `picture` and grows with distance from it."""
    centre = ScriptedEmbedding().embed_pictures([picture])[0]
    size = len(centre)
    arrays = {
        "label_weight": np.stack([centre, -centre]),
        "label_bias": np.zeros(2, np.float32),
        "view_weight": np.stack([centre, 0 * centre, -centre]),
        "view_bias": np.zeros(3, np.float32),
        "part_weight": np.stack([-centre, centre, 0 * centre]),
        "part_bias": np.zeros(3, np.float32),
        "ood_weight": np.append(np.zeros(size, np.float32), np.float32(5.0)),
        "ood_bias": np.zeros(1, np.float32),
        "ood_mean": centre,
        "ood_root": np.eye(size, dtype=np.float32),
    }
    save_file(arrays, folder / "heads.safetensors")
    (folder / "config.json").write_text("{}")
    (folder / "heads.json").write_text(
        '{"schema": 1, "labels": ['
        '{"name": "Edema", "row": 0, "threshold": 0.4, "abstain": [0.3, 0.6]},'
        '{"name": "Fracture", "row": 1, "threshold": 0.5, "abstain": null}],'
        '"view": {"classes": ["PA", "AP", "LATERAL"], "abstain_below": 0.6},'
        '"body_part": {"classes": ["CHEST", "HEAD", "ABDOMEN"]}, "ood": {"threshold": 0.7}}'
    )
    return BackendCard("scripted", str(folder), "d1", "embedding")


def test_a_picture_far_from_the_training_ones_is_out_of_distribution(tmp_path: Path) -> None:
    model = ScriptedEmbedding()
    model.card = write_heads(tmp_path, make_picture())
    tool = quality.build(make_parts(classification=model))
    near = list(tool.run(make_work()))
    far = list(tool.run(make_work(np.ascontiguousarray(255 - make_picture()))))
    assert figures(near)["out_of_distribution"] == pytest.approx(0.5, abs=1e-3)
    assert figures(far)["out_of_distribution"] > 0.7
    judged = next(item for item in near if figures([item]).keys() == {"out_of_distribution"})
    assert judged.provenance.parameters["threshold"] == 0.7
    assert judged.provenance.model == tmp_path.name


def test_a_film_is_judged_without_the_empty_ground_that_it_is_put_on(tmp_path: Path) -> None:
    film = make_picture()
    model = ScriptedEmbedding()
    model.card = write_heads(tmp_path, film)
    framed = np.pad(film, [(side // 2, side // 2) for side in film.shape])
    told = figures(list(quality.build(make_parts(classification=model)).run(make_work(framed))))
    assert told["border_fraction"] > 0.5
    assert told["out_of_distribution"] == pytest.approx(0.5, abs=1e-3)


def test_of_a_long_picture_the_half_is_told_that_is_farther_from_a_film(tmp_path: Path) -> None:
    film = make_picture()
    model = ScriptedEmbedding()
    model.card = write_heads(tmp_path, film)
    tool = quality.build(make_parts(classification=model))
    pair = figures(list(tool.run(make_work(np.hstack((film, film))))))
    one_of_them = figures(list(tool.run(make_work(np.hstack((film, 255 - film))))))
    assert pair["farther_half"] == pytest.approx(0.5, abs=1e-3)
    assert one_of_them["farther_half"] > 0.7
    assert "farther_half" not in figures(list(tool.run(make_work())))


@pytest.mark.parametrize(("quarters", "after"), [(1, 90.0), (2, 180.0), (3, 270.0)])
def test_a_turned_picture_says_by_what_it_stands_upright(tmp_path: Path, quarters: int, after: float) -> None:
    upright = make_picture()
    upright[:40, :40] = 255
    model = ScriptedEmbedding()
    model.card = write_heads(tmp_path, upright)
    described = (tmp_path / "heads.json").read_text()
    (tmp_path / "heads.json").write_text(described.replace('"threshold": 0.7}}', '"threshold": 0.51}}'))
    arrays = load_file(tmp_path / "heads.safetensors")
    save_file(arrays | {"ood_bias": np.full(1, -1.45, np.float32)}, tmp_path / "heads.safetensors")
    turned = np.ascontiguousarray(np.rot90(upright, quarters))
    told = figures(list(quality.build(make_parts(classification=model)).run(make_work(turned))))
    assert told["out_of_distribution"] > 0.51
    assert told["upright_after"] == after
    assert "upright_after" not in figures(list(quality.build(make_parts(classification=model)).run(make_work(upright))))


def test_the_most_likely_body_part_is_told(tmp_path: Path) -> None:
    model = ScriptedEmbedding()
    model.card = write_heads(tmp_path, make_picture())
    told = list(quality.build(make_parts(classification=model)).run(make_work()))
    part = next(item for item in told if figures([item]).keys() == {"body_part_chest"})
    assert figures([part])["body_part_chest"] < 1 / 3
    assert part.provenance.parameters["most_likely"] == "HEAD"
    assert "threshold" not in part.provenance.parameters


def test_quality_stands_without_its_model(tmp_path: Path) -> None:
    model = ScriptedEmbedding(turns=Turns(fault="unavailable"))
    model.card = write_heads(tmp_path, make_picture())
    told = figures(list(quality.build(make_parts(classification=model)).run(make_work())))
    assert "blank_fraction" in told
    assert "out_of_distribution" not in told


def test_quality_stands_where_the_profile_names_no_model() -> None:
    def unfilled(role: str) -> EmbeddingBackend:
        raise RoleUnfilled(f"no model for '{role}'")

    parts = replace(make_parts(), embedding=unfilled)
    assert "blank_fraction" in figures(list(quality.build(parts).run(make_work())))
    assert classification.build(parts).card.model is None


def test_sizes_and_spacing_are_those_of_the_file_where_the_picture_was_turned() -> None:
    picture = make_picture(1, 60, 90)
    spacing = Spacing(row_mm=0.3, column_mm=0.2, source="PixelSpacing", calibrated=True)
    study = make_study(pictures=(picture,), spacing=spacing, hanging=Hanging(transposed=True, sides="stated"))
    told = values(make_work(picture, study=study))
    assert (told["Rows"].value, told["Columns"].value) == ("90", "60")
    assert told["PixelSpacing"].value == "0.2\\0.3 mm"
    assert "shown turned, as 60 x 90" in (told["Rows"].note or "")
