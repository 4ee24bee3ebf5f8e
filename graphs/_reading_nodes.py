"""The nodes that read: tools are planned and run, their evidence merged, checked, and asked again where it differs."""

from collections.abc import Sequence

from overread.agents import adjudicator, planner
from overread.graphs import _one_tool as one_tool
from overread.graphs._context import Context, services_of
from overread.graphs._language_roles import chosen_plan
from overread.graphs._one_tool import channels, raise_critical, run_named
from overread.graphs._services import Services
from overread.graphs._state import CaseState, CaseView, ToolTask, dump, dump_all
from overread.ports import EvidenceIndex
from overread.reasoning.change import with_changes
from overread.reasoning.merging import merge
from overread.records import Conflict, Finding, Question, RuleReport, Trust
from overread.settings import Settings


def plan(state: CaseState, runtime: Context) -> CaseState:
    """Choose the tools, the image they read and the questions for the VQA tool."""
    view = CaseView(state)
    services = services_of(view, runtime)
    protocol = services.protocol
    rest = {name: tool for name, tool in services.tools.items() if name not in protocol.gate_tools}
    notes = view.gate.notes if view.gate else ()
    ruled = planner.plan(view.case, rest, notes, view.image_to_read, protocol)
    planned = chosen_plan(view.case, ruled, services)
    return {"plan": dump(planned), "questions_asked": dump_all(planned.questions)}


def run_one_tool(state: ToolTask) -> CaseState:
    """Run one tool by its own graph, whose end raises what the tool saw that is critical."""
    result = one_tool.build().invoke(state, one_tool.INSIDE)
    return {"evidence": result["evidence"], "failures": result["failures"], "tool_runs": result["tool_runs"]}


def alert(state: CaseState, runtime: Context) -> CaseState:
    """Raise what the evidence of all tools together shows and no single tool raised; raising twice is raising once."""
    view = CaseView(state)
    raise_critical(services_of(view, runtime), view.case, view.evidence)
    return {}


def collect(state: CaseState, runtime: Context) -> CaseState:
    """Merge the evidence into findings; a failed tool makes labels not assessed, never absent."""
    view = CaseView(state)
    return {"findings": dump_all(_merged(view, view.index, services_of(view, runtime)))}


def _merged(view: CaseView, index: EvidenceIndex, services: Services) -> tuple[Finding, ...]:
    """Merge evidence into findings, each with what became of it since the earlier study that was compared."""
    protocol = services.protocol
    found = merge(view.case, index, view.failures, services.trust, protocol.labels, protocol.core)
    return with_changes(view.case, found, index.all(), services.trust)


def check(state: CaseState, runtime: Context) -> CaseState:
    """Run every rule and list those that ran; a conflict settled before keeps its resolution."""
    view = CaseView(state)
    services = services_of(view, runtime)
    rules, trust = services.rules, services.trust
    fired = [conflict for rule in rules for conflict in rule.check(view.case, view.findings, view.index, trust)]
    disabled = services.settings.rules_disabled
    report = RuleReport(
        rules_run=tuple(rule.id for rule in rules),
        rules_skipped=tuple((name, "disabled in the settings") for name in disabled),
    )
    return {"conflicts": dump_all(keep_settled(view.conflicts, fired)), "rules": dump(report)}


def keep_settled(before: Sequence[Conflict], fired: Sequence[Conflict]) -> list[Conflict]:
    """Keep every conflict that ever fired: settled ones as they are, and one that fires no more as resolved."""
    kept = {conflict.id: conflict for conflict in fired}
    for conflict in before:
        if conflict.resolution == "resolved":
            kept[conflict.id] = conflict
        elif conflict.id not in kept:
            note = "The rule fires no more once the answers to the targeted questions are merged."
            kept[conflict.id] = conflict.model_copy(update={"resolution": "resolved", "resolution_note": note})
    return list(kept.values())


def adjudicate(state: CaseState, runtime: Context) -> CaseState:
    """Ask the VQA tool what could settle the open conflicts, merge its answers, settle what measured trust allows."""
    view = CaseView(state)
    services = services_of(view, runtime)
    questions = pending_questions(view, services.settings, services.trust)
    asked = questions and "vqa" in services.tools
    outcomes = [run_named(runtime, "adjudicate", view.case, view.planned, "vqa", questions)] if asked else []
    seen = channels(outcomes)
    index = EvidenceIndex([*view.evidence, *(item for outcome in outcomes for item in outcome.evidence)])
    findings = _merged(view, index, services)
    conflicts = adjudicator.settle(view.case, view.conflicts, findings, index, services.trust)
    return {
        "findings": dump_all(findings),
        "conflicts": dump_all(conflicts),
        "questions_asked": dump_all(questions),
        "adjudication_rounds": state.get("adjudication_rounds", 0) + 1,
        "evidence": seen["evidence"],
        "failures": seen["failures"],
        "tool_runs": seen["tool_runs"],
    }


def pending_questions(view: CaseView, settings: Settings, trust: Trust) -> tuple[Question, ...]:
    """Give what open conflicts raise and was not asked yet: their questions, and what shows if the answers hold."""
    waiting = [conflict for conflict in view.conflicts if conflict.resolution == "open"]
    asked = {question.text for question in view.questions_asked}
    return adjudicator.to_ask(view.case, waiting, asked, settings, trust)
