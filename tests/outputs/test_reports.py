"""What a reader of a draft or a final report must be able to see."""

import re

from overread.outputs.document import document_of
from overread.outputs.rendering import as_html, as_markdown, as_text, escape_markdown
from overread.records import GateResult, GateVerdict, Plan, RunOutcome, Statement
from overread.testing.doubles import make_evidence


def test_a_draft_says_on_top_that_nobody_signed_it(bench) -> None:
    document = document_of(bench.file)
    for text in (as_markdown(document), as_text(document), as_html(document)):
        assert "DRAFT – NOT SIGNED" in text[: text.index("Findings" if "Findings" in text else "FINDINGS")]


def test_a_phantom_is_never_shown_as_a_patient(bench, signed) -> None:
    for file in (bench.file, signed.file):
        assert "SYNTHETIC PHANTOM" in as_text(document_of(file))


def test_every_citation_mark_resolves_to_a_numbered_source_with_its_maker_and_place(bench) -> None:
    text = as_markdown(document_of(bench.file))
    marks = set(re.findall(r"\(#e(\d+)\)", text))
    uid = bench.file.case.study.images[0].sop_instance_uid
    assert marks
    for mark in marks:
        entry = text[text.index(f'<a id="e{mark}">') :].split("\n")[1]
        assert uid in entry
        assert "weights 000000000000" in entry


def test_the_same_evidence_has_one_number_wherever_it_is_cited(bench) -> None:
    findings, impression = document_of(bench.file).sections
    assert findings.statements[0].numbers == impression.statements[0].numbers == (1,)


def test_what_went_wrong_is_in_the_draft(bench) -> None:
    text = as_text(document_of(bench.file))
    for told in ("Lungs clear. - The score says edema.", "disagree on edema", "vqa (timeout): no answer", "Category 2"):
        assert told in text


def test_text_of_a_model_cannot_become_markup(bench) -> None:
    document = document_of(bench.file)
    assert "<script" not in as_html(document)
    assert "&lt;script&gt;" in as_html(document)
    assert "<script" not in as_markdown(document)
    assert r"\*today\*" in as_markdown(document)


def test_markdown_text_starts_no_list_heading_or_quote() -> None:
    assert escape_markdown("1. heart\n# big") == r"1\. heart \# big"
    assert escape_markdown("2.25.7") == "2.25.7"
    assert escape_markdown("- item") == r"\- item"
    assert escape_markdown("> quote") == "&gt; quote"


def test_a_final_report_names_its_signer_and_marks_the_reviewers_words(signed) -> None:
    text = as_text(document_of(signed.file))
    assert "Signed by dr-a on 2026-01-02 03:04 UTC." in text
    assert "Mild edema. [1] (reviewer's wording)" in text
    assert "DRAFT" not in text
    assert "WITHHELD" not in text


def test_a_note_that_a_sentence_tells_is_not_told_again(bench) -> None:
    note, other = "No lateral view; findings behind the heart may be missed.", "Grey levels look inverted."
    study = bench.file.case.study
    verdict = make_evidence(GateVerdict(text=note), study)
    idle = make_evidence(RunOutcome(of_tool="retrieval", outcome="skipped", detail="nothing is indexed"), study)
    said = Statement(id="s-9", text=note, citations=(verdict.id,))
    left = Statement(id="s-10", text="The retrieval tool was not run: nothing is indexed.", citations=(idle.id,))
    draft = bench.file.draft.model_copy(update={"sections": {**bench.file.draft.sections, "limitations": (said, left)}})
    plan = Plan(
        image_sop_instance_uid=study.images[0].sop_instance_uid,
        tools=("quality",),
        notes=(note,),
        skipped=(("retrieval", "nothing is indexed"), ("prior", "there is no prior")),
    )
    file = bench.file.model_copy(
        update={
            "evidence": (*bench.file.evidence, verdict, idle),
            "draft": draft,
            "gate": GateResult(passed=True, notes=(note, other)),
            "plan": plan,
        }
    )
    assert document_of(file).notes == (other, "prior was not run: there is no prior")
    assert as_text(document_of(file)).count(note) == 2, "in its section, and among the evidence"
