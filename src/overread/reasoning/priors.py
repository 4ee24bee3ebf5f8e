"""Which earlier studies may be compared with: only those known to be of the same patient."""

from collections.abc import Sequence

from overread.records import Case, Prior, Study


def comparable_priors(case: Case) -> tuple[Prior, ...]:
    """Give the priors that are known to be of the same patient, the newest first."""
    return priors_of(case.study, case.priors)


def priors_of(study: Study, priors: Sequence[Prior]) -> tuple[Prior, ...]:
    """Give those of some priors that are known to be of the study's patient, the newest first."""
    own = [prior for prior in priors if not _is_foreign(study, prior)]
    return tuple(sorted(own, key=lambda prior: prior.study.study_date or "", reverse=True))


def is_foreign(case: Case, prior: Prior) -> bool:
    """Say whether a prior is not known to be of this patient; an unknown patient is not the same patient.

    One whose sender stated that it is (`Prior.stated`) is known by that, where no header contradicts it.
    """
    return _is_foreign(case.study, prior)


def _is_foreign(study: Study, prior: Prior) -> bool:
    if prior.stated and prior.study.patient_key == study.patient_key:
        return False
    return prior.study.patient_key is None or prior.study.patient_key != study.patient_key
