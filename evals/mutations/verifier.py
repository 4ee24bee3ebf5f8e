"""Without the verifier every composed or worded sentence stands, whatever it cites."""

from overread.evals.mutations._mutation import Mutation
from overread.graphs._context import Context
from overread.graphs._state import CaseState


def _verify_nothing(state: CaseState, runtime: Context) -> CaseState:
    """Object to nothing, at the first round."""
    return {"objections": [], "verify_rounds": runtime.context.settings.verify_rounds}


def build() -> Mutation:
    """Give the mutation."""
    return Mutation("verifier", "no sentence is tested against what it cites", nodes={"verify": _verify_nothing})
