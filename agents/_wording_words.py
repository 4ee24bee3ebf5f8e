"""The words that a language model may bring into a sentence: those that add nothing, and other names of its findings.

A closed list, since the labeler reads which finding a sentence asserts and not everything else that it may say of it:
how large it is, what it comes from, what a tube does. A word that is not here, and not in the composed sentence, fails
the wording. Words of doubt are only those that say as little as "possible".
"""

from collections.abc import Mapping


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


FREE = _words(
    "a an the this that these it its is are was were be been there here and or nor no not none neither without "
    "of in on at to with within for from by as which also any either "
    "seen noted identified observed shown demonstrated visible visualized visualised evident present absent appears "
    "appear evidence sign signs finding findings appearance image radiograph film study examination chest "
    "possible possibly may might cannot excluded"
)
HEDGES = _words("possible possibly may might cannot excluded")
COUNTED = _words("two three four five six seven eight nine ten twice double several multiple few many")
SIDES: Mapping[str, str] = {
    "left": "left",
    "right": "right",
    "bilateral": "bilateral",
    "bilaterally": "bilateral",
    "both": "bilateral",
}
PLACES = _words("side sides sided lung lungs hemithorax pulmonary")
"""Words that a side is said with; which side is checked apart."""
_NAMES: Mapping[str, str] = {
    "Enlarged Cardiomediastinum": "widening widened mediastinum mediastinal",
    "Cardiomegaly": "cardiomegaly heart cardiac silhouette enlarged enlargement size normal limits",
    "Lung Opacity": "opacity opacities opacification",
    "Lung Lesion": "lesion lesions",
    "Edema": "edema oedema",
    "Consolidation": "consolidation consolidations",
    "Pneumonia": "pneumonia",
    "Atelectasis": "atelectasis",
    "Pneumothorax": "pneumothorax pneumothoraces",
    "Pleural Effusion": "pleural effusion effusions",
    "Pleural Other": "pleural thickening",
    "Fracture": "fracture fractures",
    "Support Devices": "support device devices",
    "COVID-19": "covid-19 pneumonia",
    "Tuberculosis": "tuberculosis",
    "Pneumoperitoneum": "free air under below the diaphragm",
    "No Finding": "acute finding abnormality",
}
NAMES: Mapping[str, frozenset[str]] = {label: _words(words) for label, words in _NAMES.items()}
"""Label to the words that it may be named by."""
