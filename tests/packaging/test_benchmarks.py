"""The page of benchmarks is what its program writes, and keeps the sections that were not run again."""

import runpy
from types import SimpleNamespace

import pytest

from tests.needs import ROOT

bench = SimpleNamespace(**runpy.run_path(str(ROOT / "scripts" / "bench.py")))


def test_each_benchmark_is_a_script() -> None:
    assert all((ROOT / "scripts" / f"bench_{name}.py").is_file() for name in bench.BENCHMARKS)


def test_the_page_is_made_of_sections_that_are_read_again() -> None:
    sections = dict(bench.written())
    page = bench.PAGE.read_text(encoding="utf-8")
    assert sections
    assert page == bench.HEAD + "".join(sections[name] for name in bench.BENCHMARKS if name in sections)


def test_a_benchmark_that_is_not_there_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        bench.chosen(["speed"])
    assert "no benchmark 'speed'" in capsys.readouterr().err
