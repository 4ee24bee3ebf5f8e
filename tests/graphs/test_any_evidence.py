"""Whatever tools give, a case ends at its review, is refused, or the tool fails: within budget, every id resolving."""

import tempfile
from collections.abc import Sequence
from pathlib import Path

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from overread.composition import build_rules
from overread.labeler import assertions
from overread.ports import EvidenceIndex, ToolInput
from overread.reasoning.merging import merge
from overread.reasoning.vocabulary import LABELS
from overread.records import (
    Answer,
    Assertion,
    Box,
    Case,
    Claim,
    HeaderValue,
    Mask,
    Measurement,
    Order,
    Payload,
    Region,
    Retrieved,
    Score,
    Trust,
)
from overread.settings import Settings
from overread.testing.doubles import ScriptedTool, make_case, make_evidence, make_study
from overread.testing.doubles.tool import Item
from tests.graphs.rooms import TRUST, put_case, scripted_room, scripted_tools

WORDS = (
    "There is a small left pleural effusion in the upper zone.",
    "Multiple nodules, 3.2 cm, unchanged.",
    "The endotracheal tube is malpositioned and in good position.",
    "45-year-old man. No acute abnormality.",
    "Large right pneumothorax in the lingula of the right lung on the lateral view.",
    "CTR 0.7, 9999999999999999999 mm, %%%, {{ x }} \x00",
)
TEXT = st.one_of(st.sampled_from(WORDS), st.text(min_size=1, max_size=60))
SHARE = st.floats(0, 1)
LABEL = st.one_of(st.sampled_from(LABELS), st.text(min_size=1, max_size=12))
SIDE = st.sampled_from([None, "left", "right", "bilateral"])
STATUS = st.sampled_from(["present", "absent", "uncertain"])
SECTION = st.sampled_from(["findings", "impression"])
STRUCTURE = st.sampled_from(["left_lung", "right_lung", "heart", "pleural_effusion", "strange"])
QUESTIONS = st.sampled_from(
    ["Is there a pleural effusion?", "Is there a left pneumothorax?", "Is this film normal?", "Is there no edema?"]
)


def _claims() -> st.SearchStrategy[Claim]:
    read = st.builds(
        lambda text, section: Claim(text=text, section=section, assertions=assertions(text)), TEXT, SECTION
    )
    odd = st.builds(
        Assertion, label=LABEL, status=STATUS, laterality=SIDE, start=st.integers(0, 9), end=st.integers(0, 99)
    )
    said = st.builds(Claim, text=TEXT, section=SECTION, assertions=st.lists(odd, max_size=3).map(tuple))
    return st.one_of(read, said)


PAYLOADS: st.SearchStrategy[Payload] = st.one_of(
    _claims(),
    st.builds(
        Score,
        label=LABEL,
        probability=SHARE,
        threshold=st.none() | SHARE,
        band=st.none() | st.tuples(SHARE, SHARE),
        calibrated=st.booleans(),
        method=st.sampled_from(["head", "zero_shot", "network"]),
    ),
    st.builds(
        Mask,
        structure=STRUCTURE,
        png=st.just("m.png"),
        digest=st.text("abc", min_size=1, max_size=4),
        area_pixels=st.integers(0, 9999),
        quality=st.none() | SHARE,
    ),
    st.builds(Box, label=LABEL, probability=st.none() | SHARE),
    st.builds(
        Measurement,
        name=st.sampled_from(["cardiothoracic_ratio", "out_of_distribution", "body_part_chest", "nodule_diameter"]),
        value=st.floats(-1e6, 1e6),
        unit=st.sampled_from(["1", "mm", "cm", "cm2", "{grey}2", ""]),
        method=st.just("double"),
    ),
    st.builds(
        Answer,
        question=QUESTIONS | TEXT,
        answer=st.sampled_from(["yes", "no", "cannot tell"]) | TEXT,
        label=st.none() | LABEL,
        status=st.none() | STATUS | st.just("not_assessed"),
        laterality=SIDE,
        probability=st.none() | SHARE,
    ),
    st.builds(HeaderValue, keyword=TEXT, value=TEXT),
    st.builds(Retrieved, case_id=TEXT, similarity=SHARE, same_patient=st.booleans()),
)
REGIONS = st.builds(
    Region, x=st.integers(0, 200), y=st.integers(0, 200), width=st.integers(1, 200), height=st.integers(1, 200)
)
ITEMS: st.SearchStrategy[Item] = st.one_of(PAYLOADS, st.tuples(PAYLOADS, REGIONS))
TOOLS = st.sampled_from(["classification", "report", "vqa", "segmentation"])
ORDERS = st.builds(Order, indication=st.none() | TEXT, question=st.none() | TEXT)
QUIET = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True)


def _case(order: Order, age: float | None, sex: str | None, notes: tuple[str, ...]) -> Case:
    study = make_study(views=("PA", "LATERAL")).model_copy(update={"age_years": age, "sex": sex})
    return make_case(study, order=order).model_copy(update={"input_notes": notes})


@QUIET
@given(
    st.lists(st.tuples(TOOLS, PAYLOADS, st.none() | REGIONS), max_size=10),
    ORDERS,
    st.none() | st.floats(0, 120),
    st.sampled_from([None, "F", "M", "O"]),
    st.lists(TEXT | st.just("Identity alert: x."), max_size=2).map(tuple),
    st.sampled_from([None, Trust(), TRUST]),
)
def test_no_rule_raises_and_every_conflict_cites_evidence_of_the_case_once(
    items: list[tuple[str, Payload, Region | None]],
    order: Order,
    age: float | None,
    sex: str | None,
    notes: tuple[str, ...],
    trust: Trust | None,
) -> None:
    case = _case(order, age, sex, notes)
    evidence = EvidenceIndex([make_evidence(payload, tool=tool, region=region) for tool, payload, region in items])
    findings = merge(case, evidence, (), trust or Trust())
    for rule in build_rules(Settings()):
        conflicts = list(rule.check(case, findings, evidence, trust))
        assert conflicts == list(rule.check(case, findings, evidence, trust))
        assert all(conflict.evidence_ids and conflict.resolution == "open" for conflict in conflicts)
        assert all(identity in evidence for conflict in conflicts for identity in conflict.evidence_ids)


@settings(QUIET, max_examples=5, phases=[Phase.explicit, Phase.generate])
@given(
    st.lists(ITEMS, max_size=4),
    st.lists(ITEMS, max_size=6),
    st.lists(ITEMS, max_size=4),
    st.sampled_from(["yes", "no", "cannot tell", "perhaps \x00", ""]),
    st.integers(0, 3),
)
def test_any_evidence_ends_in_a_legal_state_within_its_budget(
    scores: list[Item], claims: list[Item], masks: list[Item], word: str, rounds: int
) -> None:
    asked: list[int] = []

    def answers(work: ToolInput) -> Sequence[Item]:
        asked.append(len(work.questions))
        known = {"yes": "present", "no": "absent"}
        return [
            Answer(question=q.text, answer=word or "-", label=q.label, status=known.get(word) if q.label else None)  # type: ignore[arg-type]
            for q in work.questions
        ]

    tools = scripted_tools(
        classification=ScriptedTool("classification", scores),
        report=ScriptedTool("report", claims),
        segmentation=ScriptedTool("segmentation", masks),
        vqa=ScriptedTool("vqa", answers),
    )
    with (
        tempfile.TemporaryDirectory() as home,
        scripted_room(Path(home), tools, adjudication_rounds=rounds, adjudication_questions=2) as room,
    ):
        file = room.read(put_case(room))
    assert file.status in ("awaiting_review", "refused")
    assert len(asked) <= rounds + 1
    assert sum(asked[1:]) <= rounds * 2 * 6
    known = {item.id for item in file.evidence}
    assert file.draft is not None
    assert all(statement.citations and set(statement.citations) <= known for statement in file.draft.statements)
    assert all(set(conflict.evidence_ids) <= known for conflict in file.conflicts)
    assert all({*f.evidence_ids, *f.against_ids, *f.silent_ids} <= known for f in file.findings)
