"""Without the check of a prior's patient any earlier study is compared with."""

from overread.evals._execute import Run
from overread.evals.mutations._mutation import Mutation
from overread.graphs import _nodes as nodes
from overread.graphs._nodes import Context
from overread.graphs._state import CaseState, CaseView, dump
from overread.records import Prior


def _take_for_own(state: CaseState, runtime: Context) -> CaseState:
    case = CaseView(state).case
    key = case.study.patient_key or "anybody"
    study = case.study.model_copy(update={"patient_key": key})
    own = case.model_copy(update={"study": study, "priors": tuple(_of(prior, key) for prior in case.priors)})
    return {**nodes.intake(state, runtime), "case": dump(own)}


def _of(prior: Prior, key: str) -> Prior:
    return prior.model_copy(update={"study": prior.study.model_copy(update={"patient_key": key})})


def _has_priors(run: Run) -> bool:
    return run.file is not None and bool(run.file.case.priors)


def build() -> Mutation:
    """Give the mutation."""
    return Mutation(
        "identity_of_priors",
        "an earlier study is taken for this patient's",
        nodes={"intake": _take_for_own},
        concerns=_has_priors,
    )
