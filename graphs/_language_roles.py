"""What the nodes `plan` and `draft` let a language model do, where a profile has one for the role."""

from collections.abc import Sequence

from overread.agents import llm_drafter, llm_planner, verifier
from overread.graphs._language import ask_within
from overread.graphs._services import Services
from overread.graphs._state import CaseView
from overread.ports import EvidenceIndex
from overread.records import Case, DraftReport, Plan


def chosen_plan(case: Case, ruled: Plan, services: Services) -> Plan:
    """Let a language model choose within what the rules planned, where a profile has one for it."""
    model = services.planner
    choices = llm_planner.choices_of(case, ruled, services.tools) if model else None
    if model is None or choices is None:
        return ruled
    card, (said,) = ask_within(services.settings.planner_seconds, model, [choices.request()])
    return llm_planner.chosen(ruled, choices, card.model if card else model.name, said)


def worded_draft(
    composed: DraftReport, view: CaseView, index: EvidenceIndex, said: Sequence[object], services: Services
) -> DraftReport:
    """Let a language model word the composed sentences, where a profile has one for it."""
    model = services.drafter
    if model is None:
        return composed
    task = llm_drafter.task_of(composed, view.draft, said, services.settings.drafter_sentences or None)
    if task.is_empty:
        return composed
    card, answers = ask_within(services.settings.drafter_seconds, model, task.requests)
    written = llm_drafter.worded(
        task,
        card,
        model.name,
        answers,
        lambda draft: verifier.verify(draft, view.case, view.findings, index, services.trust),
    )
    if written.wording is not None:
        services.ledger.write(view.case.case_id, "worded", summary=written.wording.summary)
    return written
