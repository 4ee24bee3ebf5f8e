"""Days are told as a person reads them, wherever a report tells one."""

import pytest

from overread.outputs.day_text import day_words
from overread.outputs.document import document_of
from overread.outputs.evidence_text import value_of
from overread.outputs.rendering import as_html, as_markdown, as_text
from overread.records import PriorSought


@pytest.mark.parametrize(
    ("told", "said"), [("20040826", "2004-08-26"), ("2004.08.26", "2004-08-26"), ("2004", "2004"), ("", "")]
)
def test_a_day_is_told_with_dashes_and_what_is_none_stays(told: str, said: str) -> None:
    assert day_words(told) == said


def test_no_report_tells_a_day_as_dicom_writes_it(bench) -> None:
    study = bench.file.case.study.model_copy(update={"study_date": "20040826"})
    file = bench.file.model_copy(update={"case": bench.file.case.model_copy(update={"study": study})})
    for text in (as_text, as_markdown, as_html):
        said = text(document_of(file))
        assert "2004-08-26" in said
        assert "20040826" not in said


def test_a_prior_is_told_with_its_day() -> None:
    prior = PriorSought(study_uid="1.2.3", study_date="20040826", same_patient=True)
    assert value_of(prior) == "earlier study 1.2.3 of 2004-08-26, of this patient"
