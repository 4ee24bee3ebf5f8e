"""Without the check of a prior's patient whatever is sent as a prior is compared with."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import pydicom

from overread.admission import AdmittedCase, Refused
from overread.evals._run import Run
from overread.evals.mutations._mutation import Mutation
from overread.prior_intake import GivenPriors, SentPriors
from overread.reading_room import ReadingRoom
from overread.records import Order

NAMED_BY = ("PatientID", "PatientName", "PatientBirthDate", "PatientSex", "IssuerOfPatientID")


class _Credulous(ReadingRoom):
    """Takes in copies of the priors that name the study's own patient."""

    def take_in(
        self,
        paths: Sequence[Path],
        *,
        order: Order | None = None,
        priors: GivenPriors = (),
        notes: Sequence[str] = (),
    ) -> AdmittedCase | Refused:
        sent = priors if isinstance(priors, SentPriors) else SentPriors(tuple(priors))
        with TemporaryDirectory(prefix="overread-mutation-") as folder:
            own = pydicom.dcmread(_files(paths[0])[0], stop_before_pixels=True)
            renamed = tuple(_renamed(prior, own, Path(folder) / str(number)) for number, prior in enumerate(sent.paths))
            return super().take_in(paths, order=order, priors=replace(sent, paths=renamed), notes=notes)


def _renamed(prior: Path, own: pydicom.Dataset, folder: Path) -> Path:
    folder.mkdir()
    for number, file in enumerate(_files(prior)):
        dataset = pydicom.dcmread(file)
        for keyword in NAMED_BY:
            setattr(dataset, keyword, own.get(keyword, ""))
        dataset.save_as(folder / f"{number}.dcm")
    return folder


def _files(path: Path) -> list[Path]:
    return sorted(path.rglob("*.dcm")) if path.is_dir() else [path]


def _has_prior(run: Run) -> bool:
    return any("prior" in note.lower() for note in run.notes) or bool(run.file and run.file.case.priors)


def build() -> Mutation:
    """Give the mutation."""
    return Mutation(
        "identity_of_priors", "an earlier study is taken for this patient's", room=_Credulous, concerns=_has_prior
    )
