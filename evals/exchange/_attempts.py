"""The attempts of a suite by name, and what one left behind as text: what other programs are given."""

from overread.evals.runner import attempts, scenarios
from overread.evals.running._attempt import Attempt
from overread.evals.running._result import EvalRow


def scenario_attempts(suite: str, profile: str, seed: int) -> dict[str, Attempt]:
    """Give the attempts of a suite under a profile by their names."""
    return {work.name: work for work in attempts(scenarios(suite), (profile,), seed)}


def text_of(row: EvalRow) -> str:
    """Give the draft as text, or the status of a case without one."""
    if row.observed is None:
        return row.reason
    standing = [one.text for one in row.observed.sentences if one.withheld is None]
    return "\n".join(standing) or f"{row.observed.status} {row.observed.refusal or ''}".strip()
