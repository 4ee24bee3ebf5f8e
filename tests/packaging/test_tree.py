"""The tree: links, version, documents that the program prints."""

import re
import runpy
from pathlib import Path

import pytest

from overread import __version__

ROOT = Path(__file__).parents[2]
LINKED = ("agents", "backends", "evals", "graphs", "models", "prompts", "protocols", "rules", "tools")


@pytest.mark.parametrize("name", LINKED)
def test_each_extension_folder_is_real_at_the_top_and_linked_from_the_package(name: str) -> None:
    link = ROOT / "src" / "overread" / name
    assert link.is_symlink()
    assert not (ROOT / name).is_symlink()
    assert link.resolve() == (ROOT / name).resolve()


def test_the_version_is_the_first_heading_of_the_changelog() -> None:
    headings = re.findall(r"^## (\S+)", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert headings[0] == __version__


@pytest.mark.parametrize(("script", "page"), [("draw_graph", "docs/architecture.md"), ("print_tables", "README.md")])
def test_a_page_shows_what_the_program_prints(script: str, page: str) -> None:
    text = (ROOT / page).read_text(encoding="utf-8")
    page_with = runpy.run_path(str(ROOT / "scripts" / f"{script}.py"))["page_with"]
    assert page_with(text) == text, "run 'make docs'"


def test_the_page_of_the_review_shows_the_keys_of_the_program() -> None:
    page = ROOT / "docs" / "review.md"
    page_with = runpy.run_path(str(ROOT / "scripts" / "print_tables.py"))["page_with"]
    text = page.read_text(encoding="utf-8")
    assert page_with(text, page) == text, "run 'make docs'"


def test_the_page_of_the_protocols_shows_those_of_the_program() -> None:
    script = runpy.run_path(str(ROOT / "scripts" / "print_tables.py"))
    page = script["PROTOCOLS"].read_text(encoding="utf-8")
    assert script["page_with"](page, script["PROTOCOLS"]) == page, "run 'make docs'"


def test_the_page_of_the_evals_shows_the_suites_and_scorers_of_the_program() -> None:
    script = runpy.run_path(str(ROOT / "scripts" / "print_tables.py"))
    page = script["EVALS"].read_text(encoding="utf-8")
    assert script["page_with"](page, script["EVALS"]) == page, "run 'make docs'"


def test_links_of_the_documents_lead_somewhere() -> None:
    for page in ("README.md", "CONTRIBUTING.md", "docs/architecture.md"):
        text = (ROOT / page).read_text(encoding="utf-8")
        for target in re.findall(r"\]\(([^)#:]+)\)", text):
            assert ((ROOT / page).parent / target).exists(), f"{page}: {target}"


def test_pictures_of_the_documents_are_small() -> None:
    for picture in (ROOT / "docs" / "images").glob("*.png"):
        assert picture.stat().st_size <= 300_000, picture.name
