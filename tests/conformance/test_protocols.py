"""Every protocol in the folder keeps the laws of a protocol, and what breaks one is caught."""

from dataclasses import replace
from types import ModuleType

import pytest

from overread import plugins
from overread.protocol import Choice, Protocol, Sentence
from overread.records import Case, Order
from overread.settings import Profile, Settings, load_profile
from overread.testing.conformance import check_protocol
from overread.testing.doubles import make_case, make_study
from overread.testing.doubles.ct import make_ct_work
from tests.protocols import slices

QUESTION = Order(question="Is there a mass?")
CASES = {
    "chest_radiograph": make_case(),
    "chest_ct": make_case(make_ct_work().study),
    "questions_only": make_case(make_study(modality="MR", body_part="KNEE"), order=QUESTION),
}


def profile() -> Profile:
    """Give the scripted profile with a VQA model that is stated to read MR."""
    scripted = load_profile("scripted", Settings(profile="scripted"))
    stated = scripted.roles["vqa"].model_copy(update={"reads": ("MR",)})
    return scripted.model_copy(update={"roles": {**scripted.roles, "vqa": stated}})


def built(builder: ModuleType | None = None, name: str = "") -> Protocol:
    build = builder.build if builder else plugins.builder("protocols", name)
    protocol: Protocol = build(Settings(profile="scripted"), profile())
    return protocol


def broken_by(protocol: Protocol, case: Case | None = None) -> set[str]:
    return {result.law for result in check_protocol(protocol, case or CASES["chest_ct"]).failed}


@pytest.mark.parametrize("name", plugins.names("protocols"))
def test_protocol_keeps_the_laws(name: str) -> None:
    report = check_protocol(built(name=name), CASES[name])
    assert not report.failed, report
    assert not report.skipped, report


def test_one_of_a_package_of_its_own_does() -> None:
    report = check_protocol(built(slices), CASES["chest_ct"])
    assert not report.failed, report


OWN = built(slices)


@pytest.mark.parametrize(
    ("broken", "law"),
    [
        (
            replace(OWN, takes=lambda study, headers, order: None),
            {
                "A study of which no series is an image is refused, with what to do next.",
                "Pictures that the header calls a quality control are not read as a patient's.",
            },
        ),
        (
            replace(OWN, choose=lambda study, headers, look: Choice(make_study().images[0], None, ())),
            {"Of the study that it is for it chooses an image, the same again."},
        ),
        (replace(OWN, limits=("Nothing was looked for",)), {"Notes and limits are whole sentences, each told once."}),
        (
            replace(OWN, technique=lambda case, plan, evidence: Sentence("A CT.", ())),
            {"What was examined is said, with evidence: a sentence that cites nothing is not written."},
        ),
        (
            replace(OWN, told=lambda case, plan, evidence: [Sentence("A mass.", ("ev-0000000000000000",))]),
            {
                "What it says of a study without a tool's evidence cites what the reading knows, and nothing else.",
                "Without any evidence nothing is cited.",
            },
        ),
        (
            replace(OWN, labels=("Splenomegaly",), rules=("polarty",)),
            {"Its labels are of the vocabulary, its core labels are among them, and its rules and tools are there."},
        ),
        (
            replace(OWN, normal="No finding."),
            {"Nothing is called normal, and no figure of chest films counts, where it has no labels."},
        ),
        (replace(OWN, describe="names the exam"), {
            "It has a name, a version, an exam, and says in a sentence what it does, and in words what it is for."
        }),
    ],
)  # fmt: skip
def test_a_protocol_that_breaks_a_law_is_caught(broken: Protocol, law: set[str]) -> None:
    assert broken_by(broken) == law


def test_a_case_that_it_is_not_for_is_no_trial() -> None:
    assert "It takes the study that it is for, each time that it is asked." in broken_by(OWN, make_case())
