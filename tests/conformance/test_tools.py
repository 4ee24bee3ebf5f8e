"""Every tool in the folder keeps the laws of a tool, on doubles and on the models that ship."""

import pytest

from overread import plugins
from overread.composition import parts_of
from overread.ports import Parts
from overread.settings import load_profile, load_settings
from overread.testing.conformance import check_tool
from overread.testing.doubles.parts import make_parts
from tests.needs import require


@pytest.fixture(scope="module")
def embedded_parts() -> Parts:
    settings = load_settings(profile="embedded")
    return parts_of(load_profile("embedded", settings), settings)


@pytest.mark.parametrize("name", plugins.names("tools"))
def test_tool_on_doubles_keeps_the_laws(name: str) -> None:
    if name == "lettering":
        require("ocr")
    report = check_tool(plugins.builder("tools", name)(make_parts()))
    assert not report.failed, report


@pytest.mark.slow
@pytest.mark.parametrize("name", load_profile("embedded", load_settings()).tools)
def test_tool_on_the_models_that_ship_keeps_the_laws(name: str, embedded_parts: Parts) -> None:
    report = check_tool(plugins.builder("tools", name)(embedded_parts))
    assert not report.failed, report
