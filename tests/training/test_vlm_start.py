"""A VLM that goes on from another one: the projector reads the new tower's tokens as it read the old tower's."""

import random

import numpy as np
import pytest

from tests.needs import require

require("training")

import torch

from training.clip_data import SOURCE_SHARES
from training.data import LABELS
from training.facts import Facts, FindingFact
from training.vlm import fold_in, linear_fit
from training.vlm_data import LEAST_GROUP, STATED, Bank, Group, groups_of, groups_showing, stated


def test_the_projector_reads_the_new_tower_as_it_read_the_old_one() -> None:
    torch.manual_seed(0)
    old = torch.randn(4000, 16)
    turn = torch.linalg.qr(torch.randn(16, 16))[0]
    new = 3 * old @ turn + 2.0
    layer = torch.nn.Linear(16, 8)
    before = layer(old)
    fold_in(layer, *linear_fit(new, old))
    assert torch.allclose(layer(new), before, atol=0.05)


def test_films_are_grouped_by_source_and_label_and_a_small_group_is_none() -> None:
    sick = Facts((FindingFact("Edema"), FindingFact("Pneumonia")), frozenset(), "PA", False)
    well = Facts((), frozenset({"Edema"}), "PA", False)
    names = ("hannover", "kermany", "nih-cxr14")
    sources = [names[0]] * (LEAST_GROUP + 1) + [names[1]] * LEAST_GROUP + [names[2]] * (LEAST_GROUP - 1)
    facts = [sick] + [well] * (len(sources) - 1)
    groups = groups_of(sources, facts)
    assert [list(group.rows) for group in groups] == [
        list(range(1, LEAST_GROUP + 1)),
        list(range(LEAST_GROUP + 1, 2 * LEAST_GROUP + 1)),
    ]
    assert [group.weight for group in groups] == [SOURCE_SHARES[name] for name in names[:2]]


def test_a_report_states_of_each_source_what_the_network_is_surest_of() -> None:
    sick = Facts((FindingFact("Edema"),), frozenset({"Pneumothorax"}), "PA", False)
    well = Facts((), frozenset({"Edema", "Pneumothorax", "Lung Opacity"}), "PA", False)
    facts = [*[sick] * 4, *[well] * 16, sick]
    chances = np.full((21, len(LABELS)), np.nan)
    edema = LABELS.index("Edema")
    chances[:20, edema] = np.linspace(0, 1, 20)
    said = stated(facts, ["one"] * 20 + ["other"], chances)
    shown = [index for index, item in enumerate(said) if "Edema" in item.present]
    assert shown == [*range(20 - round(STATED * 4), 20), 20]
    assert said[0].absent == {"Edema", "Pneumothorax"}
    assert said[19].absent == {"Pneumothorax"}
    assert said[20] == sick


def test_phantoms_are_grouped_by_the_subtle_findings_that_they_show() -> None:
    tube = Facts((FindingFact("Support Devices"), FindingFact("Edema")), frozenset(), "AP", True)
    well = Facts((), frozenset({"Edema"}), "PA", True)
    groups = groups_showing([well, *[tube] * LEAST_GROUP])
    assert [list(group.rows) for group in groups] == [list(range(1, LEAST_GROUP + 1))]


def test_a_rare_group_is_drawn_as_often_as_a_common_one_half_of_the_time() -> None:
    rare, common = np.arange(5), np.arange(5, 1000)
    nothing = np.zeros((1000, 1, 1), np.float16)
    bank = Bank(nothing, [], [], [], (Group(rare), Group(common)))
    draw = random.Random(1)
    share = np.mean([bank.draw(draw) < 5 for _ in range(4000)])
    assert share == pytest.approx(0.25 + 0.0025, abs=0.03)


def test_a_group_that_weighs_more_is_drawn_more_often() -> None:
    first, second = Group(np.arange(5), 0.9), Group(np.arange(5, 10), 0.1)
    bank = Bank(np.zeros((10, 1, 1), np.float16), [], [], [], (first, second))
    draw = random.Random(1)
    share = np.mean([bank.draw(draw) < 5 for _ in range(4000)])
    assert share == pytest.approx(0.45 + 0.25, abs=0.03)
