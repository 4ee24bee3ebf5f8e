"""Without the gate whatever could be decoded is read as a frontal chest radiograph."""

from overread.evals._run import Run
from overread.evals.mutations._mutation import Mutation
from overread.graphs._context import Context
from overread.graphs._state import CaseState, CaseView, dump
from overread.records import GateResult


def _let_through(state: CaseState, runtime: Context) -> CaseState:
    """Pass the best image by its header, without a note."""
    study = CaseView(state).case.study
    image = study.frontal or study.images[0]
    return {
        "gate": dump(
            GateResult(passed=True, image_sop_instance_uid=image.sop_instance_uid, image_frame=image.frame),
        )
    }


def _looked_at(run: Run) -> bool:
    gate = run.file.gate if run.file else None
    return gate is not None and (gate.refusal is not None or bool(gate.notes))


def build() -> Mutation:
    """Give the mutation."""
    return Mutation("gate", "any picture is read as a frontal chest", nodes={"gate": _let_through}, concerns=_looked_at)
