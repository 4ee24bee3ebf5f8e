"""Radiology English of our own: a sentence for a finding, for its absence, and the way back from text to labels."""

import random
import re

from training.facts import FindingFact

SEVERITY = {
    "Cardiomegaly": {"small": "mild", "moderate": "moderate", "large": "severe"},
    "Edema": {"small": "mild", "moderate": "moderate", "large": "severe"},
    "Enlarged Cardiomediastinum": {"small": "mild", "moderate": "moderate", "large": "marked"},
    "Consolidation": {"small": "mild", "moderate": "moderate", "large": "extensive"},
    "Atelectasis": {"small": "mild", "moderate": "moderate", "large": "extensive"},
    "Lung Opacity": {"small": "mild", "moderate": "moderate", "large": "extensive"},
}
"""Words for size where small, moderate, large are not the usual ones."""

DEVICES = {
    "endotracheal_tube": "endotracheal tube",
    "central_venous_line": "central venous line",
    "nasogastric_tube": "nasogastric tube",
}
NOUNS = {
    "Cardiomegaly": "cardiomegaly",
    "Enlarged Cardiomediastinum": "mediastinal widening",
    "Lung Opacity": "airspace opacity",
    "Lung Lesion": "pulmonary nodule",
    "Edema": "pulmonary edema",
    "Consolidation": "consolidation",
    "Pneumonia": "pneumonia",
    "Atelectasis": "atelectasis",
    "Pneumothorax": "pneumothorax",
    "Pleural Effusion": "pleural effusion",
    "Pleural Other": "pleural thickening",
    "Fracture": "rib fracture",
    "Support Devices": "support device",
    "COVID-19": "COVID-19 pneumonia",
    "Pneumoperitoneum": "free air under the diaphragm",
}
PRESENT = {
    "Cardiomegaly": ("There is {sev} cardiomegaly.", "The heart is enlarged, with {sev} cardiomegaly."),
    "Enlarged Cardiomediastinum": ("There is {sev} mediastinal widening.", "The mediastinum shows {sev} widening."),
    "Lung Opacity": ("There is {sev} airspace opacity in the {site}.", "{Sev} airspace opacity is seen in the {site}."),
    "Lung Lesion": (
        "There is a {sev} pulmonary nodule in the {site}.",
        "A {sev} pulmonary nodule is seen in the {site}.",
    ),
    "Edema": ("There is {sev} pulmonary edema.", "{Sev} pulmonary edema is present."),
    "Consolidation": ("There is {sev} consolidation in the {site}.", "{Sev} consolidation is seen in the {site}."),
    "Pneumonia": ("There are opacities consistent with pneumonia.", "Findings are consistent with pneumonia."),
    "Atelectasis": ("There is {sev} atelectasis in the {site}.", "{Sev} atelectasis is seen in the {site}."),
    "Pneumothorax": ("There is a {sev} {side} pneumothorax.", "A {sev} {side} pneumothorax is present."),
    "Pleural Effusion": ("There is a {sev} {side} pleural effusion.", "A {sev} {side} pleural effusion is present."),
    "Pleural Other": ("There is pleural thickening.", "Pleural thickening is seen."),
    "Fracture": ("There is a rib fracture in the {site}.", "A rib fracture is seen in the {site}."),
    "COVID-19": (
        "There are opacities consistent with COVID-19 pneumonia.",
        "Findings are consistent with COVID-19 pneumonia.",
    ),
    "Pneumoperitoneum": ("There is free air under the {dome}.", "Free air is seen under the {dome}."),
}
ABSENT = {
    "Cardiomegaly": ("The heart size is normal.", "There is no cardiomegaly."),
    "Enlarged Cardiomediastinum": ("The mediastinum is not widened.", "There is no mediastinal widening."),
    "Lung Opacity": ("The lungs are clear.", "There is no airspace opacity."),
    "Lung Lesion": ("There is no pulmonary nodule.", "No pulmonary nodule is seen."),
    "Edema": ("There is no pulmonary edema.", "No pulmonary edema is seen."),
    "Consolidation": ("There is no consolidation.", "No consolidation is seen."),
    "Pneumonia": ("There is no evidence of pneumonia.", "No pneumonia is seen."),
    "Atelectasis": ("There is no atelectasis.", "No atelectasis is seen."),
    "Pneumothorax": ("There is no pneumothorax.", "No pneumothorax is seen."),
    "Pleural Effusion": ("There is no pleural effusion.", "No pleural effusion is seen."),
    "Pleural Other": ("There is no pleural thickening.", "No pleural thickening is seen."),
    "Fracture": ("There is no rib fracture.", "No rib fracture is seen."),
    "Support Devices": ("There are no support devices.", "No support devices are seen."),
    "COVID-19": ("There is no evidence of COVID-19 pneumonia.", "No COVID-19 pneumonia is seen."),
    "Pneumoperitoneum": ("There is no free air under the diaphragm.", "No free air is seen under the diaphragm."),
}
DEVICE_PRESENT = {
    "ok": ("The {device} is in satisfactory position.", "The {device} lies in satisfactory position."),
    "malpositioned": ("The {device} is malpositioned.", "The {device} lies in an abnormal position."),
}
NORMAL = ("No acute cardiopulmonary abnormality.", "Normal chest radiograph.")


def severity_word(finding: FindingFact) -> str:
    """Give the usual adjective for a finding's size, or nothing where the size is unknown."""
    if finding.severity is None:
        return ""
    return SEVERITY.get(finding.label, {}).get(finding.severity, finding.severity)


def site(finding: FindingFact) -> str:
    """Name where a finding is: 'right lower zone', 'both lungs', 'left lung', or 'lungs' where unknown."""
    if finding.laterality == "bilateral":
        return f"{finding.zone} zones of both lungs" if finding.zone else "lungs on both sides"
    if finding.laterality is None:
        return "lungs"
    return f"{finding.laterality} {finding.zone} zone" if finding.zone else f"{finding.laterality} lung"


def present_sentence(finding: FindingFact, draw: random.Random) -> str:
    """Say that a finding is present, with what is known of side, site and size."""
    if finding.label == "Support Devices":
        choices = DEVICE_PRESENT[finding.position or "ok"] if finding.device else ("There is a support device.",)
        return draw.choice(choices).format(device=DEVICES.get(finding.device or "", "device"))
    word = severity_word(finding)
    domes = {"left": "left hemidiaphragm", "right": "right hemidiaphragm"}
    text = draw.choice(PRESENT[finding.label]).format(
        sev=word,
        Sev=word.capitalize(),
        side=finding.laterality or "",
        site=site(finding),
        dome=domes.get(finding.laterality or "", "diaphragm on both sides" if finding.laterality else "diaphragm"),
    )
    text = re.sub(r" +", " ", text).strip()
    return text[0].upper() + text[1:]


def absent_sentence(label: str, draw: random.Random) -> str:
    """Say that a label is absent."""
    return draw.choice(ABSENT[label])


_WORDS = {
    "Cardiomegaly": r"cardiomegaly|heart is enlarged|heart size is normal",
    "Enlarged Cardiomediastinum": r"mediastinal widening|mediastinum (shows|is not)",
    "Lung Opacity": r"airspace opacity|lungs are clear",
    "Lung Lesion": r"nodule",
    "Edema": r"edema",
    "Consolidation": r"consolidation",
    "Pneumonia": r"(?<!COVID-19 )pneumonia",
    "Atelectasis": r"atelectasis",
    "Pneumothorax": r"pneumothorax",
    "Pleural Effusion": r"effusion",
    "Pleural Other": r"pleural thickening",
    "Fracture": r"fracture",
    "Support Devices": r"support device|endotracheal|central venous|nasogastric",
    "COVID-19": r"COVID-19",
    "Pneumoperitoneum": r"free air",
}
_NEGATED = re.compile(r"\bno\b|\bnot\b|normal|clear", re.IGNORECASE)


def labels_in(sentences: list[str]) -> dict[str, int]:
    """Read our own phrasing back: label to 1 present or 0 absent, labels not mentioned left out; present wins."""
    found: dict[str, int] = {}
    for sentence in sentences:
        value = 0 if _NEGATED.search(sentence) else 1
        for label, pattern in _WORDS.items():
            if re.search(pattern, sentence, re.IGNORECASE):
                found[label] = max(found.get(label, 0), value)
    return found


def sides_in(sentences: list[str]) -> dict[str, str]:
    """Read the side said of each label that is said to be present: left, right or bilateral."""
    sides: dict[str, str] = {}
    for sentence in sentences:
        if _NEGATED.search(sentence):
            continue
        said = {
            word
            for word in ("left", "right", "both", "bilateral")
            if re.search(rf"\b{word}\b", sentence, re.IGNORECASE)
        }
        side = "bilateral" if said & {"both", "bilateral"} or said == {"left", "right"} else next(iter(said), None)
        if side is None:
            continue
        for label, pattern in _WORDS.items():
            if re.search(pattern, sentence, re.IGNORECASE):
                sides[label] = side
    return sides
