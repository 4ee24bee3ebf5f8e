"""Labels, sides and spans do not depend on how a report is typed: line breaks, blanks, capitals."""

import textwrap
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from overread.labeler import label_text, report_assertions

REPORTS = (
    "INDICATION: Fever, question of pneumonia.\nFINDINGS: There is no evidence of pneumothorax or of a pleural "
    "effusion on either side. A small opacity projects over the right lower lobe, which may represent atelectasis or "
    "pneumonia. "
    "The cardiac silhouette is normal in size. The Mediastinum Is Not Widened.\nIMPRESSION: 1. Possible right lower "
    "lobe pneumonia.\n2. No Pneumothorax.",
    "Comparison is made with the film of last week. Moderate left pleural effusion with adjacent atelectasis, not "
    "significantly changed. The endotracheal tube has been removed; a left subclavian line ends in the superior "
    "vena cava. No Pneumothorax is seen after its placement. The heart is enlarged, with mild pulmonary vascular "
    "congestion.",
    "FINDINGS:\nNo focal consolidation.\nNo pleural effusion.\nHeart size normal.\nOld left rib fractures.\n\n"
    "IMPRESSION:\nNo acute disease.",
    "Lungs clear\nNo effusion\nHeart not enlarged\nRight PICC in place",
    "- No pneumothorax\n- Small bilateral effusions, larger on the right\n- Cardiomegaly",
)


def wrapped(columns: int, **options: bool) -> Callable[[str], str]:
    def wrap(text: str) -> str:
        return "\n".join(textwrap.fill(line, columns, **options) for line in text.split("\n"))

    return wrap


def said(text: str) -> tuple[dict[str, int | None], list[tuple[str, str, str | None]]]:
    found = [(item.label, item.status, item.laterality) for item in report_assertions(text)]
    return label_text(text), found


@pytest.mark.parametrize("report", REPORTS)
@pytest.mark.parametrize(
    "change",
    [
        *(wrapped(columns) for columns in (36, 40, 50, 60, 72, 80, 100)),
        wrapped(72, break_on_hyphens=False),
        lambda text: text.replace(" ", "  "),
        lambda text: text.replace("\n", "\r\n"),
        lambda text: text.replace("\n", "\n  "),
        str.upper,
        lambda text: f"\n\n {text}\n",
    ],
)
def test_labels_and_sides_do_not_follow_the_typing(report: str, change: Callable[[str], str]) -> None:
    assert said(change(report)) == said(report)


@settings(deadline=None, max_examples=60)
@given(st.permutations(REPORTS[0].split(". ")[:4]), st.integers(36, 110))
def test_any_wrapped_paragraph_says_what_it_said_on_one_line(parts: list[str], columns: int) -> None:
    text = ". ".join(part.replace("\n", " ") for part in parts) + "."
    assert said(textwrap.fill(text, columns)) == said(text)


@pytest.mark.parametrize("report", REPORTS)
def test_spans_of_a_wrapped_report_name_the_phrase_in_it(report: str) -> None:
    text = textwrap.fill(report.split("\n")[0], 36).replace(" ", "  ")
    for item in report_assertions(text):
        phrase = text[item.start : item.end]
        assert phrase == phrase.strip()
        assert phrase


def test_a_line_of_its_own_ends_where_it_ends() -> None:
    assert label_text(REPORTS[3])["Pleural Effusion"] == 0
    assert label_text(REPORTS[3])["Support Devices"] == 1
    assert label_text("Effusion on the left\nNo pneumothorax")["Pneumothorax"] == 0
    assert label_text("No pneumothorax\nEffusion on the left")["Pleural Effusion"] == 1
