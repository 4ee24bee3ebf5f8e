"""Every tool in the folder keeps the laws of a tool, on doubles and on the models that ship."""

from dataclasses import replace
from pathlib import Path

import pytest

from overread import plugins
from overread.composition import parts_of
from overread.ports import Parts
from overread.settings import load_profile, load_settings
from overread.testing.conformance import check_tool
from overread.testing.doubles import make_picture, make_work
from overread.testing.doubles.parts import make_parts
from tests.needs import require
from tests.prognosis.heads import figures_of, lay_head


@pytest.fixture(scope="module")
def embedded_parts() -> Parts:
    settings = load_settings(profile="embedded")
    return parts_of(load_profile("embedded", settings), settings)


@pytest.mark.parametrize("name", [name for name in plugins.names("tools") if name != "prognosis"])
def test_tool_on_doubles_keeps_the_laws(name: str) -> None:
    if name == "lettering":
        require("ocr")
    report = check_tool(plugins.builder("tools", name)(make_parts()))
    assert not report.failed, report


def test_prognosis_keeps_the_laws_where_a_head_may_speak(tmp_path: Path) -> None:
    embedding = make_parts().embedding("classification")
    width = embedding.embed_pictures([make_picture()]).shape[1]
    lay_head(tmp_path, embedding.card.weights_digest, width, in_use="image", measured=figures_of("image"))
    work = make_work()
    film = replace(work, study=work.study.model_copy(update={"synthetic": False}))
    tool = plugins.builder("tools", "prognosis")(make_parts(settings=load_settings(home=tmp_path)))
    report = check_tool(tool, film)
    assert not report.failed, report


@pytest.mark.slow
@pytest.mark.parametrize("name", load_profile("embedded", load_settings()).tools)
def test_tool_on_the_models_that_ship_keeps_the_laws(name: str, embedded_parts: Parts) -> None:
    report = check_tool(plugins.builder("tools", name)(embedded_parts))
    assert not report.failed, report
