"""Captions for the contrastive training of the CLIP, and the prompts of its zero-shot classifier."""

import random

from training.facts import Facts
from training.phrases import ABSENT, NORMAL, PRESENT, absent_sentence, present_sentence

VIEW_WORDS = {"PA": "PA view.", "AP": "AP view.", "LATERAL": "Lateral view."}
OPENERS = ("", "", "Chest radiograph.", "Frontal chest X-ray.", "Chest X-ray:")
NOT_CHEST = ("Not a chest radiograph.", "Not a frontal chest radiograph.", "An image of something else than a chest.")


def caption(facts: Facts, draw: random.Random) -> tuple[str, str]:
    """Write a caption and its key: two captions with the same key say the same and are positives of each other."""
    findings = list(facts.findings)
    draw.shuffle(findings)
    said = findings[: draw.choice((1, 2, 3))]
    sentences = [present_sentence(finding, draw) for finding in said]
    key = [f"+{f.label}/{f.laterality}/{f.zone}/{f.severity}/{f.device}/{f.position}" for f in said]
    if not facts.findings and len(facts.absent) > 5:
        sentences, key = [draw.choice(NORMAL)], ["normal"]
    elif not said or draw.random() < 0.3:
        label = draw.choice(sorted(facts.absent & ABSENT.keys()) or ["Fracture"])
        if label in facts.absent:
            sentences.append(absent_sentence(label, draw))
            key.append(f"-{label}")
    if facts.view in VIEW_WORDS and (not sentences or draw.random() < 0.2):
        sentences.append(VIEW_WORDS[facts.view])
        key.append(facts.view)
    opener = draw.choice(OPENERS)
    return " ".join([opener, *sentences] if opener else sentences), " ".join(sorted(key))


def not_chest_caption(draw: random.Random) -> tuple[str, str]:
    """Caption an image that is no frontal chest radiograph."""
    return draw.choice(NOT_CHEST), "not chest"


def prompts(label: str) -> dict[str, list[str]]:
    """Give the positive and negative prompts of a label, in the captions' own language."""
    draw = random.Random(0)
    from training.facts import FindingFact

    if label == "No Finding":
        return {
            "positive": list(NORMAL),
            "negative": [
                "Abnormal chest radiograph.",
                "There is airspace opacity in the lungs.",
                "There is a pleural effusion.",
                "There is cardiomegaly.",
            ],
        }
    if label == "Support Devices":
        positive = [
            f"The {name} is in satisfactory position."
            for name in ("endotracheal tube", "central venous line", "nasogastric tube")
        ]
        return {"positive": [*positive, "There is a support device."], "negative": list(ABSENT[label])}
    sides = ("left", "right", "bilateral") if "{si" in PRESENT[label][0] else (None,)
    said = {
        present_sentence(FindingFact(label, side, None, size), draw)
        for side in sides
        for size in (None, "small", "moderate", "large")
    }
    return {"positive": sorted(said), "negative": [*ABSENT[label], *NORMAL]}


def corpus() -> list[str]:
    """Give text that holds every word the captions use, to train the tokenizer on."""
    from training.facts import FindingFact

    draw = random.Random(1)
    lines = [
        *NORMAL,
        *OPENERS,
        *NOT_CHEST,
        *VIEW_WORDS.values(),
        "Abnormal chest radiograph.",
        "There is a support device.",
    ]
    for label, sentences in ABSENT.items():
        lines += sentences
        for side in ("left", "right", "bilateral", None):
            for zone in ("upper", "mid", "lower", None):
                for size in ("small", "moderate", "large", None):
                    lines += [
                        present_sentence(FindingFact(label, side, zone, size, device, place), draw)
                        for device, place in (
                            ("endotracheal_tube", "ok"),
                            ("central_venous_line", "malpositioned"),
                            ("nasogastric_tube", "ok"),
                        )
                    ]
    return lines
