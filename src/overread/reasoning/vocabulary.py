"""The closed list of labels that tools, rules and reports share, each with its code and its critical category."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal, NamedTuple

from overread.errors import UsageError
from overread.records import Code

PRIVATE_SCHEME = "99OVERREAD"
"""DICOM private coding scheme designator, for labels that have no code we are certain of."""

Category = Literal[1, 2, 3]


class Term(NamedTuple):
    """One label: how it is coded, how it is said, whether it has a side, and how fast it must be told."""

    label: str
    code: Code
    noun: str
    """Name inside a sentence, without an article."""
    sided: bool
    """True when the finding may be in one hemithorax only."""
    critical: Category | None
    """ACR actionable finding category: 1 = minutes, 2 = hours, 3 = days."""


def _sct(label: str, value: str, meaning: str, noun: str, sided: bool, critical: Category | None = None) -> Term:
    return Term(label, Code(scheme="SCT", value=value, meaning=meaning), noun, sided, critical)


def _own(label: str, value: str, noun: str, sided: bool, critical: Category | None = None) -> Term:
    return Term(label, Code(scheme=PRIVATE_SCHEME, value=value, meaning=label), noun, sided, critical)


_ALL = (
    _sct("No Finding", "281900007", "No abnormality detected", "acute abnormality", sided=False),
    _own("Enlarged Cardiomediastinum", "ENLCM", "widening of the mediastinum", sided=False),
    _sct("Cardiomegaly", "8186001", "Cardiomegaly", "cardiomegaly", sided=False),
    _own("Lung Opacity", "LUNGOPACITY", "lung opacity", sided=True),
    _own("Lung Lesion", "LUNGLESION", "lung nodule or mass", sided=True, critical=3),
    _sct("Edema", "19242006", "Pulmonary edema", "pulmonary edema", sided=True),
    _sct("Consolidation", "95436008", "Lung consolidation", "consolidation", sided=True),
    _sct("Pneumonia", "233604007", "Pneumonia", "pneumonia", sided=True),
    _sct("Atelectasis", "46621007", "Atelectasis", "atelectasis", sided=True),
    _sct("Pneumothorax", "36118008", "Pneumothorax", "pneumothorax", sided=True, critical=1),
    _sct("Pleural Effusion", "60046008", "Pleural effusion", "pleural effusion", sided=True),
    _own("Pleural Other", "PLEURALOTHER", "pleural thickening or scarring", sided=True),
    _sct("Fracture", "125605004", "Fracture of bone", "fracture", sided=True),
    _own("Support Devices", "SUPPORTDEVICES", "support device", sided=False),
    _sct("COVID-19", "840539006", "COVID-19", "COVID-19 pneumonia", sided=True),
    _sct("Tuberculosis", "154283005", "Pulmonary tuberculosis", "pulmonary tuberculosis", sided=True, critical=2),
    _own("Pneumoperitoneum", "PNEUMOPERITONEUM", "free air under the diaphragm", sided=False, critical=1),
)

TERMS: Mapping[str, Term] = MappingProxyType({term.label: term for term in _ALL})
LABELS: tuple[str, ...] = tuple(TERMS)
"""The CheXpert-14 names in CheXpert's order, then `COVID-19`, `Tuberculosis`, `Pneumoperitoneum`."""


def term(label: str) -> Term:
    """Give the term of a label; raise `UsageError` on a name outside the vocabulary."""
    found = TERMS.get(label)
    if found is None:
        raise UsageError(f"no label named '{label}'; there are: {', '.join(LABELS)}")
    return found
