"""Which earlier studies may be compared with: only those known to be of the same patient."""

from overread.records import Case, Prior


def comparable_priors(case: Case) -> tuple[Prior, ...]:
    """Give the priors that are known to be of the same patient, the newest first."""
    own = [prior for prior in case.priors if not is_foreign(case, prior)]
    return tuple(sorted(own, key=lambda prior: prior.study.study_date or "", reverse=True))


def is_foreign(case: Case, prior: Prior) -> bool:
    """Say whether a prior is not known to be of this patient; an unknown patient is not the same patient.

    One whose sender stated that it is (`Prior.stated`) is known by that, where no header contradicts it.
    """
    if prior.stated and prior.study.patient_key == case.study.patient_key:
        return False
    return prior.study.patient_key is None or prior.study.patient_key != case.study.patient_key
