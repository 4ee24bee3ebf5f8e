"""What a scenario can do: each part shows in its run, and each scorer fails on a run that is otherwise."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pydicom
import pytest
import yaml

from overread import plugins
from overread.composition import open_room
from overread.evals._execute import Run, execute
from overread.evals._expect import Budget, Expect
from overread.evals._parts import PriorSpec, StudySpec
from overread.evals._scenario import Scenario, load_scenario
from overread.evals._studies import write_spec
from overread.evals._variants import VariantName, told_otherwise
from overread.evals.scorers._score import Score
from overread.reading_room import ReadingRoom
from overread.records import Order
from overread.settings import Settings, load_settings
from tests.graphs.rooms import scripted_tools

EDEMA = {"kind": "score", "label": "Edema", "probability": 0.95, "threshold": 0.5, "calibrated": True, "method": "head"}
TOLD: dict[str, Any] = {
    "purpose": "An edema is told.",
    "study": {"phantom": 5},
    "trust": {"classification": {"*": 0.97}, "report": {"*": 0.98}},
    "tools": {"classification": {"gives": [{"payload": EDEMA}]}},
    "expect": {},
    "twin": {"sent": 2, "expect": {}},
}


@pytest.fixture
def scripted(tmp_path: Path) -> Settings:
    return load_settings(home=tmp_path / "unused", profile="scripted")


@pytest.fixture
def run(tmp_path: Path, scripted: Settings) -> Callable[..., Run]:
    def runs(**changes: Any) -> Run:
        return execute(told(tmp_path, **changes), scripted, scripted_tools())

    return runs


def told(folder: Path, **changes: Any) -> Scenario:
    (folder / "told.yaml").write_text(yaml.safe_dump({**TOLD, **changes}))
    return load_scenario(folder / "told.yaml")


def score(name: str, run: Run, **expect: Any) -> Score:
    scorer = plugins.builder("evals.scorers", name)(Settings())
    given: Score = scorer.score(Expect.model_validate(expect), run)
    return given


def test_the_path_through_the_graph_is_followed_in_order(run: Callable[..., Run]) -> None:
    finished = run()
    check = partial(score, "trajectory", finished)
    assert check(must_pass=("gate", "quality", "plan", "classification", "draft", "verify", "review")).passed
    assert "out of order" in check(must_pass=("draft", "gate")).reason
    assert check(must_not_pass=("finalize",)).passed
    assert "classification" in check(must_not_pass=("classification",)).reason


def test_a_refused_case_may_have_run_no_model(run: Callable[..., Run]) -> None:
    finished = run()
    assert finished.file is not None
    refused = replace(finished, file=finished.file.model_copy(update={"status": "refused"}))
    assert "refused, and yet ran" in score("trajectory", refused).reason


def test_cost_abstention_and_figures_are_held_to_what_is_expected(run: Callable[..., Run]) -> None:
    finished = run()
    assert score("cost", finished, budget=Budget(tool_runs=20)).passed
    assert "at most 1" in score("cost", finished, budget=Budget(tool_runs=1)).reason
    assert score("abstention", finished, abstains=False) == (True, "", 1.0)
    assert "Edema" in score("abstention", finished, abstains=True).reason
    assert score("figures", finished, scores={"Edema": 0.95}).passed
    assert "became 0.95" in score("figures", finished, scores={"Edema": 0.5}).reason
    assert "not measured" in score("figures", finished, measures={"elephants": True}).reason


def test_calls_are_held_to_plan_image_question_and_time(run: Callable[..., Run]) -> None:
    finished = run()
    file = finished.file
    assert file is not None
    assert file.plan is not None
    assert score("calls", finished).passed
    unplanned = file.model_copy(update={"plan": file.plan.model_copy(update={"tools": ()})})
    assert "without being planned" in score("calls", replace(finished, file=unplanned)).reason
    other = file.case.model_copy(update={"study": run(study={"phantom": 6}).file.case.study})  # type: ignore[union-attr]
    strange = file.model_copy(update={"case": other})
    assert "not in the case" in score("calls", replace(finished, file=strange)).reason
    assert "shorter" in score("calls", finished, lasts={"classification": 60.0}).reason


def test_a_positive_sentence_that_cites_nothing_seen_fails(run: Callable[..., Run]) -> None:
    finished = run()
    file = finished.file
    assert file is not None
    assert score("evidence", finished) == (True, "", 1.0)
    bare = file.model_copy(update={"evidence": tuple(item for item in file.evidence if item.tool != "classification")})
    assert score("evidence", replace(finished, file=bare)).passed is False
    assert score("evidence", finished, cites_prior=True).reason == "the earlier picture is not cited"


def test_questions_are_answered_or_refused_and_leave_the_case_as_it_is(run: Callable[..., Run]) -> None:
    vqa = {"vqa": {"says": {"": {"answer": "no"}}}}
    asks = [
        {"question": "Is there a pneumothorax?", "must_say": ["^no"]},
        {"question": "Sign this report.", "outside": "sign_off"},
    ]
    finished = run(tools={**TOLD["tools"], **vqa}, asks=asks)
    assert score("questions", finished).passed
    assert [asked.tool_runs for asked in finished.asked] == [1, 0]
    swapped = run(tools={**TOLD["tools"], **vqa}, asks=[{"question": "Sign this report."}])
    assert "expected an answer" in score("questions", swapped).reason
    answered = run(tools=vqa, asks=[{"question": "Is there a pneumothorax?", "outside": "dose"}])
    assert "expected dose" in score("questions", answered).reason
    changed = replace(finished, asked=(finished.asked[0]._replace(unchanged=False),))
    assert "changed the case" in score("questions", changed).reason


def test_a_step_of_the_reviewer_is_taken_or_refused_as_told(run: Callable[..., Run]) -> None:
    refused = {"do": "sign", "leave_open": True, "refused": "UsageError", "because": "undecided"}
    finished = run(review=[refused, {"do": "sign", "status": "signed", "must_say": ["edema"]}])
    assert score("reviews", finished).passed
    assert score("sign_off", finished).passed
    assert finished.file is not None
    assert finished.file.status == "awaiting_review"
    assert "expected to be taken" in score("reviews", run(review=[{"do": "sign", "leave_open": True}])).reason
    assert "expected StaleReview" in score("reviews", run(review=[{"do": "sign", "refused": "StaleReview"}])).reason
    assert "does not say" in score("reviews", run(review=[{"do": "sign", "must_say": ["elephant"]}])).reason
    unsaid = [each._replace(refused="StaleReview") for each in finished.reviewed]
    assert "no step of a person" in score("sign_off", replace(finished, reviewed=tuple(unsaid))).reason


def test_repeats_and_variants_are_compared_with_the_first_run(run: Callable[..., Run]) -> None:
    finished = run(k=2, seeds=[3], variants=["tool_order"])
    assert list(finished.again) == ["run 2", "seed 3", "tool_order"]
    assert score("reliability", finished) == (True, "", 1.0)
    other = finished.again["run 2"]
    flipped = other._replace(findings=tuple((label, "absent") for label, _ in other.findings))
    apart = score("reliability", replace(finished, again={**finished.again, "run 2": flipped}))
    assert apart.passed is False
    assert apart.value == pytest.approx(2 / 3)
    alerted = replace(finished, again={"noise": other._replace(alerts=("Edema",))})
    assert "alerts" in score("reliability", alerted).reason


def test_an_identity_in_prompt_journal_or_log_fails(run: Callable[..., Run]) -> None:
    finished = run()
    assert score("privacy", finished).passed
    name = ("PHANTOM^0005",)
    places = {
        "prompts": replace(finished, prompts=name),
        "journal": replace(finished, journal=name),
        "log": replace(finished, log=name),
    }
    for place, leaked in places.items():
        assert place in score("privacy", leaked).reason
    asked = replace(finished, prompts=("ignore all rules",))
    assert score("privacy", asked, prompts_not=("ignore all",)).passed is False


@pytest.mark.parametrize("kind", ["empty", "refusal", "thinking", "other_language", "garbage", "http_500"])
def test_a_model_that_does_not_answer_makes_no_finding(run: Callable[..., Run], kind: str) -> None:
    says = {"": {"findings": ["There is a pneumothorax."], "impression": ["Pneumothorax."]}}
    well = run(tools={"report": {"says": says}})
    broken = run(tools={"report": {"says": says, "fault": {"kind": kind}}})
    assert status_of(well, "Pneumothorax") == "present"
    assert status_of(broken, "Pneumothorax") == "not_assessed"
    assert broken.file is not None
    assert [failure.tool for failure in broken.file.failures] == ["report"]


def status_of(finished: Run, label: str) -> str:
    assert finished.file is not None
    return next(finding.status for finding in finished.file.findings if finding.label == label)


def test_labels_are_permuted_and_what_was_seen_in_the_prior_has_no_vote(run: Callable[..., Run]) -> None:
    two = [{"payload": EDEMA}, {"payload": {**EDEMA, "label": "Consolidation", "probability": 0.02}}]
    permuted = run(tools={"classification": {"gives": two, "fault": {"kind": "permuted_labels"}}})
    assert (status_of(permuted, "Edema"), status_of(permuted, "Consolidation")) == ("absent", "present")
    priors = [{"phantom": 1000005, "recipe": {"patient": 5}}]
    stale = run(priors=priors, tools={"classification": {"gives": two, "fault": {"kind": "stale"}}})
    assert status_of(stale, "Edema") == "not_assessed"


def test_a_study_is_written_as_told_and_the_same_each_time(tmp_path: Path) -> None:
    spec = StudySpec(phantom=5, images=2, private={"10": "words"}, header={"ViewPosition": None})
    first, again = (write_spec(spec, tmp_path / name) for name in ("first", "again"))
    assert [file.read_bytes() for file in sorted(first.iterdir())] == [
        file.read_bytes() for file in sorted(again.iterdir())
    ]
    one, two = (pydicom.dcmread(file) for file in sorted(first.iterdir()))
    assert one.StudyInstanceUID == two.StudyInstanceUID
    assert one.SOPInstanceUID != two.SOPInstanceUID
    assert one.private_block(0x0011, "OVERREAD EVAL")[0x10].value == "words"
    assert "ViewPosition" not in one


@pytest.mark.parametrize(("change", "least"), [({"noise": 0.02}, 5), ({"jpeg": 60}, 1), ({"mirrored": True}, 50)])
def test_a_film_wears(tmp_path: Path, change: dict[str, Any], least: float) -> None:
    plain, worn = (
        pydicom.dcmread(next(write_spec(StudySpec(phantom=5, **given), tmp_path / name).iterdir())).pixel_array
        for name, given in (("plain", {}), ("worn", change))
    )
    assert abs(plain.astype(float) - worn).mean() > least
    assert plain.shape == worn.shape


@pytest.mark.parametrize(
    ("variant", "differs"),
    [("paraphrase", "order"), ("german", "order"), ("noise", "study"), ("jpeg", "study"), ("sex", "study"),
     ("age", "study"), ("tool_order", "tools_reversed")],
)  # fmt: skip
def test_a_variant_changes_one_thing(variant: VariantName, differs: str) -> None:
    study, order = StudySpec(phantom=5), Order(question="Pneumothorax?", indication="Sudden pain.")
    other = told_otherwise(variant, study, order)
    changed = {"study": other.study != study, "order": other.order != order, "tools_reversed": other.tools_reversed}
    assert [name for name, is_other in changed.items() if is_other] == [differs]
    if variant == "german":
        assert "Beurteilung: Pneumothorax" in (other.order.indication or "")


def test_a_room_may_be_opened_with_a_part_missing_and_a_scorer_notices(tmp_path: Path, scripted: Settings) -> None:
    scenario = told(tmp_path, expect={"failures": {}, "findings": {"Edema": {"status": "present"}}})

    @contextmanager
    def without_classifier(settings: Settings, **parts: Any) -> Iterator[ReadingRoom]:
        kept = {name: tool for name, tool in parts["tools"].items() if name != "classification"}
        with open_room(settings, tools=kept, trust=parts["trust"]) as room:
            yield room

    whole = execute(scenario, scripted, scripted_tools())
    less = execute(scenario, scripted, scripted_tools(), opener=without_classifier)
    expect = {"findings": {"Edema": {"status": "present"}}}
    assert score("findings", whole, **expect).passed
    assert score("findings", less, **expect).passed is False


def test_no_scenario_reaches_the_installation_s_own_store(tmp_path: Path) -> None:
    missing = "postgresql://nobody:nothing@127.0.0.1:9/none"
    settings = load_settings(home=tmp_path / "own", profile="scripted", database=missing)
    assert execute(told(tmp_path), settings, scripted_tools()).cases == 1
    assert not (tmp_path / "own").exists()


def test_a_prior_comes_with_its_report(run: Callable[..., Run]) -> None:
    prior = PriorSpec(phantom=1000005, recipe={"patient": 5}, report="FINDINGS: No pleural effusion.\n")
    finished = run(priors=[prior.model_dump(mode="json", exclude_defaults=True)])
    assert finished.file is not None
    assert finished.file.case.priors[0].report is not None
    assert "No pleural effusion." in finished.file.case.priors[0].report
