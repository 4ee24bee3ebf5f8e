import pytest

from overread.agents._phrases import ORDER
from overread.agents._styles import load_style, shipped
from overread.agents._wording_fence import fault_in
from overread.reasoning.vocabulary import TERMS

SAME = [
    ("There is a left pleural effusion.", "A pleural effusion is seen on the left side."),
    ("There is a left pleural effusion.", "Left pleural effusion is present."),
    ("No pneumothorax or pleural thickening.", "There is no evidence of pneumothorax or pleural thickening."),
    ("Possible pneumonia.", "Pneumonia cannot be excluded."),
    ("The heart is enlarged, cardiothoracic ratio 0.58.", "Enlarged cardiac silhouette, cardiothoracic ratio 0.58."),
    ("There is consolidation in the right lower zone.", "Consolidation is noted in the lower zone of the right lung."),
]  # fmt: skip
OTHER = [
    ("There is a left pleural effusion.", "There is a pleural effusion.", "wrong_side"),
    ("There is a left pleural effusion.", "No left pleural effusion.", "status"),
    ("Possible left pleural effusion.", "There is a left pleural effusion.", "status"),
    ("There is a left pleural effusion.", "There is a tiny left pleural effusion.", "word"),
    ("There is cardiomegaly.", "There is left cardiomegaly.", "wrong_side"),
    ("There is pneumonia; the tools disagree.", "There is pneumonia.", "drops"),
    ("There is pneumonia; described by one model only.", "There is pneumonia described by one model.", "drops"),
    ("Left pneumothorax; critical result, category 1.", "Left pneumothorax; critical result, category 3.", "number"),
    ("Left pneumothorax; critical result, category 1.", "Left pneumothorax.", "number"),
    ("There is consolidation in the right lower zone.", "There is consolidation in the right lung.", "drops"),
    ("There is pneumonia.", "There is pneumonia in two places.", "number"),
    ("There is pneumonia.", "There is pneumonia. There is pneumonia.", "form"),
    ("There is pneumonia.", "there is pneumonia", "form"),
    ("There is pneumonia.", "", "form"),
    ("There is pneumonia.", "There is " + "a " * 200 + "pneumonia.", "form"),
]


@pytest.mark.parametrize(("composed", "text"), SAME)
def test_words_that_say_the_same_pass(composed: str, text: str) -> None:
    assert fault_in(composed, text) is None


@pytest.mark.parametrize(("composed", "text", "kind"), OTHER)
def test_words_that_say_more_less_or_other_are_refused(composed: str, text: str, kind: str) -> None:
    fault = fault_in(composed, text)
    assert fault is not None
    assert fault[0] == kind


@pytest.mark.parametrize("name", shipped())
def test_every_composed_sentence_passes_in_its_own_place_and_in_that_of_no_other(name: str) -> None:
    style = load_style(name)
    said = [f"{style.denies([label])}." for label in ORDER]
    for label in ORDER:
        for side in (None, "left", "right", "bilateral") if TERMS[label].sided else (None,):
            said += [f"{style.says(status, label, side)}." for status in ("present", "uncertain")]
    assert [text for text in said if fault_in(text, text)] == []
    assert [(one, other) for one in said for other in said if one != other and fault_in(one, other) is None] == []
