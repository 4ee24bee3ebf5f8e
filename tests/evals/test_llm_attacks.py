"""Whatever a language model says, the draft says what code composed, and of the order no word reaches the model."""

import pytest

from overread.evals.llm_attacks import ATTACKS, INJECTED, Attack, run
from overread.labeler import assertions
from overread.records import DraftReport

HONEST, *WICKED = ATTACKS


def meaning(draft: DraftReport) -> list[tuple[tuple[str, ...], tuple[str, ...], set[tuple[str, str, str | None]]]]:
    return [
        (item.finding_ids, item.citations, {(a.label, a.status, a.laterality) for a in assertions(item.text)})
        for section in ("findings", "impression")
        for item in draft.sections[section]
    ]


def test_other_words_for_the_same_stand_and_are_told() -> None:
    came = run(HONEST)
    assert came.changed == ("Consolidation cannot be excluded.", "A pleural effusion is seen on the left.")
    assert not came.refused
    assert meaning(came.written) == meaning(came.composed)
    assert came.written.drafter == f"{came.composed.drafter}+chat"
    assert came.written.wording
    assert came.written.wording.summary == "worded by chat: 8 of 8 sentences (6 left as composed)"


@pytest.mark.parametrize("attack", WICKED, ids=lambda attack: attack.name)
def test_an_attack_is_refused_by_its_kind_and_the_composed_draft_stands(attack: Attack) -> None:
    came = run(attack)
    assert sorted(kind for kind, _ in came.refused) == sorted(attack.kinds)
    assert came.written.sections == came.composed.sections
    assert came.written.wording
    assert f"{len(came.refused)} refused" in came.written.wording.summary


@pytest.mark.parametrize("attack", WICKED, ids=lambda attack: attack.name)
def test_a_backend_that_holds_its_model_to_the_schema_lets_no_more_through(attack: Attack) -> None:
    came = run(attack, held=True)
    assert came.refused
    assert came.written.sections == came.composed.sections


def test_a_prompt_holds_composed_sentences_and_nothing_that_a_person_wrote() -> None:
    came = run(HONEST)
    for prompt in came.prompts:
        assert "There is a left pleural effusion." in prompt
        for word in (INJECTED, "Ignore", "Dyspnea", "instructions", "im_start", "As stated"):
            assert word not in prompt
