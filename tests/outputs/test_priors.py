"""What leaves of a prior: where its report is from, not what it says; and who was somebody else, on top."""

import json

from overread.outputs.case_json import case_json
from overread.outputs.document import document_of
from overread.outputs.rendering import as_html, as_markdown, as_text
from overread.records import CaseFile, Prior, PriorRefused
from overread.testing.doubles import make_study

SAID = "Identity alert: a prior of another patient (another name) was sent and was not used."


def with_prior(file: CaseFile) -> CaseFile:
    prior = Prior(study=make_study(2), report="Zebrafinch effusion.", report_origin="signed_here", report_case_id="c-1")
    refused = PriorRefused(number=2, reason="another_patient", message=SAID)
    case = file.case.model_copy(update={"priors": (prior,), "priors_refused": (refused,)})
    return file.model_copy(update={"case": case})


def test_no_word_of_a_prior_s_report_is_in_what_is_written(bench) -> None:
    file = with_prior(bench.file)
    data = case_json(file, lambda mask: bench.artifacts.absolute(mask.png))
    (prior,) = data["case"]["priors"]
    assert (prior["report"], prior["report_origin"], prior["report_case_id"]) == (None, "signed_here", "c-1")
    document = document_of(file)
    written = [json.dumps(data), as_text(document), as_markdown(document), as_html(document)]
    assert not any("Zebrafinch" in text for text in written)
    assert file.case.priors[0].report == "Zebrafinch effusion."


def test_a_prior_of_somebody_else_is_a_banner_of_the_draft(bench) -> None:
    assert not any("IDENTITY" in banner for banner in document_of(bench.file).banners)
    (banner,) = (one for one in document_of(with_prior(bench.file)).banners if "IDENTITY" in one)
    assert banner == "IDENTITY ALERT – a prior of another patient (another name) was sent and was not used."
    assert banner in as_text(document_of(with_prior(bench.file)))
