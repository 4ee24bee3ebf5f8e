"""Labels of a report do not depend on how it is laid out: headings, bold, lines, blanks, order of the sections."""

import re
import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from overread.labeler import label_text

FOLDER = Path(__file__).parent / "sentences"
REPORTS = tuple(
    entry["text"]
    for name in ("headings", "whole_normal", "whole_abnormal")
    for entry in yaml.safe_load((FOLDER / f"{name}.yaml").read_text())
    if "\n" in entry["text"]
)
HEADING = re.compile(r"^([A-Z][A-Z ,/]+):[ \n]", re.MULTILINE)
SECTION = re.compile(r"^(?=(?:FINDINGS|IMPRESSION):)", re.MULTILINE)


def headings(shape: str) -> Callable[[str], str]:
    """Write every heading in another shape, as `{}` followed by a blank or a line break."""
    return lambda text: HEADING.sub(lambda found: shape.format(found[1]), text)


def cased(case: Callable[[str], str]) -> Callable[[str], str]:
    return lambda text: HEADING.sub(lambda found: case(found[1]) + found[0][len(found[1]) :], text)


def wrapped(columns: int) -> Callable[[str], str]:
    return lambda text: "\n".join(textwrap.fill(line, columns) for line in text.split("\n"))


def impression_first(text: str) -> str:
    """Put the impression before the findings, where the report is made of both, in lines of their own."""
    before, *sections = SECTION.split(text)
    return before + "\n".join(section.strip("\n") for section in reversed(sections)) if sections else text


CHANGES: dict[str, Callable[[str], str]] = {
    "Title headings": cased(str.title),
    "lower headings": cased(str.lower),
    "Sentence headings": cased(str.capitalize),
    "all upper": str.upper,
    "bold headings": headings("**{}:** "),
    "bold headings, colon outside": headings("**{}**: "),
    "headings on their own line": headings("{}:\n"),
    "bold headings on their own line": headings("**{}:**\n"),
    "headings run in": headings("{}: "),
    "wrapped at 40": wrapped(40),
    "wrapped at 60": wrapped(60),
    "wrapped at 72": wrapped(72),
    "doubled blanks": lambda text: text.replace(" ", "  "),
    "empty lines": lambda text: text.replace("\n", "\n\n"),
    "impression first": impression_first,
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_no_label_changes(change: Callable[[str], str]) -> None:
    found = [line for report in REPORTS for line in changed(report, change(report))]
    assert not found, "\n" + "\n".join(found)


def changed(report: str, other: str) -> list[str]:
    before, after = label_text(report), label_text(other)
    return [
        f"{label} was {before[label]} and is {after[label]}: {other!r}"
        for label in before
        if before[label] != after[label]
    ]


def test_there_are_reports_to_change() -> None:
    assert len(REPORTS) > 60
    assert all(any(change(report) != report for report in REPORTS) for change in CHANGES.values())
