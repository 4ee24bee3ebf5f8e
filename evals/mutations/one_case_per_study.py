"""Without the search for the study on file each sending is a case of its own."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from overread.admission import AdmittedCase, Refused, admit_input
from overread.evals.mutations._mutation import Mutation
from overread.prior_intake import GivenPriors
from overread.reading_room import ReadingRoom
from overread.records import Order


class _Forgetful(ReadingRoom):
    """Registers what comes in under the next free id."""

    def take_in(
        self,
        paths: Sequence[Path],
        *,
        order: Order | None = None,
        priors: GivenPriors = (),
        notes: Sequence[str] = (),
    ) -> AdmittedCase | Refused:
        admitted = admit_input(paths, self.home, self.services.settings, order=order, priors=priors, notes=notes)
        if isinstance(admitted, Refused):
            return admitted
        number = len(self.worklist())
        named = admitted.case.model_copy(update={"case_id": f"{admitted.case.case_id}{number}"})
        self.admit(replace(admitted, case=named))
        return replace(admitted, case=named)


def build() -> Mutation:
    """Give the mutation."""
    return Mutation("one_case_per_study", "a study sent again is read as another", room=_Forgetful)
