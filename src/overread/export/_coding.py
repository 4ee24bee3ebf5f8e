"""Which codes say what: the one table that the structured report and the FHIR bundle both write from.

Sources: PS3.16 (DCM; SNOMED CT as DICOM uses it), SNOMED CT qualifiers of presence, LOINC; own codes where none is
certain. Codes of findings are in `reasoning.vocabulary`.
"""

from collections.abc import Mapping
from types import MappingProxyType

from overread.export._decisions import Outcome
from overread.reasoning.vocabulary import PRIVATE_SCHEME
from overread.records import CaseFile, Code, Laterality, Status


def _own(value: str, meaning: str) -> Code:
    return Code(scheme=PRIVATE_SCHEME, value=value, meaning=meaning)


PRESENCE: Mapping[Status, Code] = MappingProxyType(
    {
        "present": Code(scheme="SCT", value="52101004", meaning="Present"),
        "absent": Code(scheme="SCT", value="2667000", meaning="Absent"),
        "uncertain": Code(scheme="SCT", value="371930009", meaning="Possible"),
    }
)
"""What is said of a finding; one that was not assessed is not coded."""
CERTAINTY = Code(scheme="DCM", value="111012", meaning="Certainty of Finding")
"""In percent, of a finding that is there or may be."""
PROBABILITY = _own("PPRESENT", "Probability that the finding is present")
"""In percent, of a finding that is absent: 111012 would read as how certain its absence is."""
CHEST = Code(scheme="SCT", value="816094009", meaning="Chest")


def body_part_of(file: CaseFile) -> str:
    """Name the part of the body as BodyPartExamined does: the chest, or what the series that was read states."""
    if file.exam.site == CHEST or file.plan is None:
        return "CHEST"
    image = file.case.study.image(file.plan.image_sop_instance_uid, file.plan.image_frame)
    found = (series.body_part for series in file.case.study.series if image in series.images)
    return next(found, None) or ""


LATERALITY = Code(scheme="SCT", value="272741003", meaning="Laterality")
SEVERITY = Code(scheme="SCT", value="246112005", meaning="Severity")
SIDES: Mapping[Laterality, Code] = MappingProxyType(
    {
        "left": Code(scheme="SCT", value="7771000", meaning="Left"),
        "right": Code(scheme="SCT", value="24028007", meaning="Right"),
        "bilateral": Code(scheme="SCT", value="51440002", meaning="Right and left"),
    }
)
_VOLUME = Code(scheme="SCT", value="118565006", meaning="Volume")
_ATTENUATION = Code(scheme="DCM", value="112031", meaning="Attenuation Coefficient")
_LOW = _own("LUNGLOW950", "Part of the lung below -950 HU")
MEASURED: Mapping[str, Code] = MappingProxyType(
    {
        "cardiothoracic_ratio": _own("CTR", "Cardiothoracic ratio of widths"),
        "left_right_lung_area_ratio": _own("LRLUNGAREA", "Left to right lung area ratio"),
        "right_lung_area": _own("RLUNGAREA", "Projected area of the right lung"),
        "left_lung_area": _own("LLUNGAREA", "Projected area of the left lung"),
        "right_lung_volume": _VOLUME,
        "left_lung_volume": _VOLUME,
        "right_lung_mean_density": _ATTENUATION,
        "left_lung_mean_density": _ATTENUATION,
        "right_lung_below_950": _LOW,
        "left_lung_below_950": _LOW,
    }
)
"""Measures of the chest; LOINC has ratios of areas and circumferences of heart and thorax, not the one of widths."""
LUNG = Code(scheme="SCT", value="39607008", meaning="Lung")
MEASURED_AT: Mapping[str, Laterality] = MappingProxyType(
    {
        "right_lung_volume": "right",
        "right_lung_mean_density": "right",
        "right_lung_below_950": "right",
        "left_lung_volume": "left",
        "left_lung_mean_density": "left",
        "left_lung_below_950": "left",
    }
)
"""Measures of one lung, whose code does not say so, and its side."""
AVERAGED = frozenset({"right_lung_mean_density", "left_lung_mean_density"})
"""Measures that are a mean over what they are of."""
SENTENCE = _own("SENTENCE", "Sentence of a report")
CONFLICT = _own("CONFLICT", "Conflict within the evidence")
DECIDED: Mapping[Outcome, Code] = MappingProxyType(
    {
        "accepted": _own("ACCEPTED", "Accepted"),
        "edited": _own("EDITED", "Edited"),
        "rejected": _own("REJECTED", "Rejected"),
        "supplemented": _own("SUPPLEMENTED", "Supplemented"),
        "settled": _own("SETTLED", "Conflict settled"),
    }
)
"""What a reviewer made of a result of the draft; the codes of IHE AIRAI were not at hand."""
