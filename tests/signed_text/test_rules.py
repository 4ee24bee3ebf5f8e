"""Every rule over the signed text keeps its laws on its own examples, and says what it should of others."""

from collections.abc import Sequence
from importlib import import_module

import pytest

from overread import plugins
from overread.records import CaseFile, Evidence, SignedNotice
from overread.signed_text._check import check_signed, signed_rules
from overread.signed_text._examples import alert, finding, signed_file
from overread.signed_text._signed import Signed
from overread.testing.doubles import make_case, make_evidence, make_study
from overread.testing.doubles.makers import STARTED
from overread.testing.doubles.payloads import make_ratio, make_score

NAMES = plugins.names("signed_text")


def noticed(file: CaseFile, name: str | None = None) -> tuple[SignedNotice, ...]:
    rules = [rule for rule in signed_rules() if name in (None, rule.id)]
    check = check_signed(file, rules, STARTED)
    assert check is not None
    return check.notices


def kinds(file: CaseFile) -> list[str]:
    return [notice.kind for notice in noticed(file)]


@pytest.mark.parametrize("name", NAMES)
def test_a_rule_fires_on_its_bad_example_and_is_silent_on_its_good_one(name: str) -> None:
    module = import_module(f"overread.signed_text.{name}")
    rule = module.build()
    assert (rule.id, rule.describe.endswith(".")) == (name, True)
    notices = noticed(module.bad_example(), name)
    assert notices
    assert {notice.kind for notice in notices} == {name}
    assert noticed(module.bad_example(), name) == notices
    assert kinds(module.good_example()) == [], "no rule fires on an example that is good"
    said = {s.text for part in module.bad_example().final.sections.values() for s in part}
    assert {notice.statement for notice in notices} <= said
    assert list(rule.check(Signed(signed_file([])))) == []


def test_nothing_is_checked_before_the_signature() -> None:
    file = signed_file(["No pleural effusion."]).model_copy(update={"final": None})
    assert check_signed(file, signed_rules(), STARTED) is None


@pytest.mark.parametrize(
    ("text", "alerts", "fires"),
    [
        ("There is a left pneumothorax.", [], True),
        ("There is a left pneumothorax.", [alert("Pneumothorax", 1, "right", acknowledged=True)], True),
        ("There is a left pneumothorax.", [alert("Pneumothorax", 1, None, acknowledged=True)], False),
        ("There is a pneumothorax.", [alert("Pneumothorax", 1, "right", acknowledged=True)], False),
        ("There is a pneumothorax.", [alert("Lung Lesion", 3, acknowledged=True)], True),
        ("Possible pneumothorax.", [], True),
        ("Possible pulmonary nodule.", [], False),
        ("There is a pulmonary nodule.", [], True),
        ("No pneumothorax.", [], False),
        ("There is a pleural effusion.", [], False),
    ],
)
def test_a_critical_finding_must_have_been_told(text: str, alerts: Sequence[object], fires: bool) -> None:
    assert bool(noticed(signed_file([text], alerts=alerts), "critical_not_told")) == fires  # type: ignore[arg-type]


def test_a_critical_finding_is_told_of_once_a_side() -> None:
    file = signed_file(["There is a left pneumothorax.", "The left pneumothorax is large."], ["Left pneumothorax."])
    (notice,) = noticed(file, "critical_not_told")
    assert (notice.section, notice.statement) == ("findings", "There is a left pneumothorax.")
    assert "no alert of it was raised" in notice.message


@pytest.mark.parametrize(
    ("above", "below", "fires"),
    [
        ("Left pleural effusion.", "Right effusion.", True),
        ("Bilateral pleural effusions.", "Right effusion.", False),
        ("Left pleural effusion. Right pleural effusion.", "Right effusion.", False),
        ("Left pleural effusion.", "Pleural effusion.", False),
        ("No left pleural effusion.", "Right effusion.", False),
    ],
)
def test_sides_are_compared_between_the_sections(above: str, below: str, fires: bool) -> None:
    assert bool(noticed(signed_file([above], [below]), "side_differs")) == fires


def test_sides_that_a_person_wrote_are_compared_where_the_header_leaves_them_open() -> None:
    from overread.records import Hanging

    open_sides = make_case(make_study(hanging=Hanging(sides="withheld")))
    file = signed_file(["Left pleural effusion."], ["Right effusion."]).model_copy(update={"case": open_sides})
    assert open_sides.study.images[0].sides == "withheld"
    assert noticed(file, "side_differs")


@pytest.mark.parametrize(
    ("text", "fires"),
    [
        ("No pleural effusion.", True),
        ("Right pleural effusion.", True),
        ("Bilateral pleural effusions.", False),
        ("Pleural effusion.", False),
        ("Possible pulmonary edema.", False),
        ("No pulmonary edema.", False),
        ("No acute abnormality.", True),
        ("There is a pneumothorax.", True),
    ],
)
def test_the_text_is_held_against_what_the_images_show(text: str, fires: bool) -> None:
    seen = [
        finding("Pleural Effusion", "present", "left"),
        finding("Edema", "uncertain"),
        finding("Pneumothorax", "absent"),
    ]
    assert bool(noticed(signed_file([text], findings=seen), "contradicts_images")) == fires


def test_a_notice_names_evidence_of_the_case_only() -> None:
    shown = make_evidence(make_score("Pleural Effusion", 0.9))
    seen = [finding("Pleural Effusion", "present", "left", evidence=[shown.id, "e-gone"])]
    (notice,) = noticed(signed_file(["No pleural effusion."], findings=seen, evidence=[shown]), "contradicts_images")
    assert notice.evidence_ids == (shown.id,)


def test_a_number_of_another_study_measures_nothing_here() -> None:
    elsewhere: Evidence = make_evidence(make_ratio(0.46), make_study(patient=9), tool="segmentation")
    assert kinds(signed_file(["Cardiothoracic ratio of 0.61."], evidence=[elsewhere])) == []


class Broken:
    id = "broken"
    describe = "It fails."

    def check(self, signed: Signed) -> Sequence[SignedNotice]:
        raise ZeroDivisionError("BERG^ANN")


def test_a_rule_that_fails_is_named_without_its_words_and_stops_no_other() -> None:
    file = signed_file(["Left pleural effusion."], ["Right effusion."])
    check = check_signed(file, (Broken(), *signed_rules()), STARTED)
    assert check is not None
    assert [notice.kind for notice in check.notices] == ["not_checked", "side_differs"]
    assert "ZeroDivisionError" in check.notices[0].message
    assert "BERG" not in check.model_dump_json()
    assert check.rules_run[0] == "broken"
