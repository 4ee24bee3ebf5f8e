"""Reports in JSON from what is known of a film: sentences in anatomical order, then the impression."""

import json
import random
import re
from typing import Any

from training.facts import Facts, FindingFact
from training.phrases import ABSENT, NORMAL, PRESENT, absent_sentence, present_sentence

ORDER = (
    "Support Devices",
    "COVID-19",
    "Pneumonia",
    "Consolidation",
    "Atelectasis",
    "Lung Opacity",
    "Lung Lesion",
    "Edema",
    "Pleural Effusion",
    "Pneumothorax",
    "Pleural Other",
    "Cardiomegaly",
    "Enlarged Cardiomediastinum",
    "Fracture",
    "Pneumoperitoneum",
)
ALWAYS = ("Pleural Effusion", "Pneumothorax", "Cardiomegaly")
"""Pertinent negatives that every report states where they are known."""
LUNG_LABELS = frozenset(
    {"COVID-19", "Pneumonia", "Consolidation", "Atelectasis", "Lung Opacity", "Lung Lesion", "Edema"}
)


class Usual(random.Random):
    """Choose the first phrasing five times in six, so that greedy decoding has one clear favourite."""

    def choice(self, seq: Any) -> Any:
        """Give the first of `seq` five times in six, else any of them."""
        return seq[0] if self.random() < 5 / 6 else super().choice(seq)


def findings_of(facts: Facts, draw: random.Random) -> list[str]:
    """Write the findings section."""
    sentences = []
    for label in ORDER:
        found = facts.of(label)
        sentences += [present_sentence(finding, draw) for finding in found]
        said = label in ALWAYS or (label == "Lung Opacity" and not facts.present & LUNG_LABELS)
        if not found and said and label in facts.absent:
            sentences.append(absent_sentence(label, draw))
    return sentences


def conclusion(finding: FindingFact) -> str | None:
    """Put a finding shortly, for the impression; a device in place is none."""
    if finding.label == "Support Devices":
        if finding.position != "malpositioned":
            return None
        return "Malpositioned " + (finding.device or "device").replace("_", " ") + "."
    text = present_sentence(finding, _First())
    text = re.sub(r"^There (is|are) (an? )?", "", text)
    return text[0].upper() + text[1:]


class _First(random.Random):
    def choice(self, seq: Any) -> Any:
        return seq[0]


def report_of(facts: Facts, draw: random.Random) -> str:
    """Write the report as the JSON that the model learns to write."""
    ranked = sorted(facts.findings, key=lambda finding: ORDER.index(finding.label))
    impression = [text for finding in ranked if (text := conclusion(finding)) is not None]
    if not impression:
        impression = [NORMAL[0]] if len(facts.absent) > 5 else []
    return json.dumps({"findings": findings_of(facts, draw), "impression": impression})


def corpus() -> list[str]:
    """Give text that holds every word of the reports, for the tokenizer."""
    draw = random.Random(2)
    lines = [*NORMAL]
    for label in PRESENT:
        for side in ("left", "right", "bilateral", None):
            for zone in ("upper", "mid", "lower", None):
                for size in ("small", "moderate", "large", None):
                    finding = FindingFact(label, side, zone, size)
                    facts = Facts((finding,), frozenset(ABSENT) - {label}, "PA", True)
                    lines.append(report_of(facts, draw))
    return lines
