"""Keep of a description the words that say how the picture was taken (PS3.15 E.3.5); all others may name somebody."""

import re

CLEANED = frozenset(
    {
        "AcquisitionDeviceProcessingDescription",
        "PerformedProcedureStepDescription",
        "ProtocolName",
        "RequestedProcedureDescription",
        "SeriesDescription",
        "StudyDescription",
    }
)
WORDS = frozenset(
    word
    for line in (
        "1 2 3 view views projection projections image images series study",
        "chest thorax lung lungs rib ribs abdomen spine shoulder clavicle sternum heart",
        "cxr xr xray radiograph radiography cr dx digital computed",
        "pa ap lat lateral ll rl frontal oblique lordotic decubitus ld rld lld axial",
        "left right l r both bilateral",
        "supine erect upright standing sitting prone bed bedside portable mobile grid",
        "inspiration expiration insp exp",
        "adult paediatric pediatric child infant neonate newborn",
        "routine standard emergency icu control follow up followup preop postop",
        "raw processed processing presentation enhanced edge soft tissue bone subtraction",
        "synthetic phantom test and of the with without",
    )
    for word in line.split()
)
WORD = re.compile(r"[^\W_]+")


def cleaned(text: str) -> str:
    """Give the listed words of a description, in their order, as they were written."""
    return " ".join(word for word in WORD.findall(text) if word.lower() in WORDS)
