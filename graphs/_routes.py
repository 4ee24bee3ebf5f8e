"""The routes: pure functions of the state that name the next node."""

from typing import Literal

from langgraph.types import Send

from overread.graphs._context import Context
from overread.graphs._state import CaseState, CaseView, ToolTask


def after_gate(state: CaseState) -> Literal["plan", "refuse"]:
    gate = CaseView(state).gate
    return "plan" if gate is not None and gate.passed else "refuse"


def to_tools(state: CaseState) -> list[Send] | Literal["collect"]:
    """Send every planned tool off at once; with none, go on so that the draft can say so."""
    tools = CaseView(state).planned.tools
    if not tools:
        return "collect"
    return [Send("run_tool", ToolTask(case=state["case"], plan=state["plan"], tool=name)) for name in tools]


def after_check(state: CaseState, runtime: Context) -> Literal["adjudicate", "draft"]:
    """Adjudicate open conflicts while the budget lasts, by questions or by trust; what stays open goes to review."""
    settings = runtime.context.settings
    if state.get("adjudication_rounds", 0) >= settings.adjudication_rounds:
        return "draft"
    waiting = any(conflict.resolution == "open" for conflict in CaseView(state).conflicts)
    return "adjudicate" if waiting else "draft"


def after_verify(state: CaseState, runtime: Context) -> Literal["draft", "review"]:
    again = bool(state.get("objections")) and state.get("verify_rounds", 0) < runtime.context.settings.verify_rounds
    return "draft" if again else "review"


def after_review(state: CaseState) -> Literal["finalize", "draft", "rejected"]:
    """Fail closed: only an explicit signature leads to a final report."""
    decision = CaseView(state).review
    if decision is None:
        return "rejected"
    routes: dict[str, Literal["finalize", "draft", "rejected"]] = {
        "sign": "finalize",
        "revise": "draft",
        "reject": "rejected",
    }
    return routes[decision.decision]
