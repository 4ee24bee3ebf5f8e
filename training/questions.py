"""Questions and answers from what is known of a film; "cannot tell" for what a film cannot know."""

import random
from dataclasses import dataclass

from overread.reasoning.vocabulary import TERMS
from training.facts import SIDED, Box, Facts, FindingFact
from training.phrases import DEVICES, NOUNS, severity_word, site

COUNTABLE = frozenset(
    {"Lung Lesion", "Pneumothorax", "Pleural Effusion", "Fracture", "Support Devices", "Lung Opacity"}
)
PRESENCE = (
    "Is there {a}{noun}?",
    "Is there {a}{noun}?",
    "Does this film show {a}{noun}?",
    "Is {a}{noun} present?",
    "Is there evidence of {a}{noun}?",
    "Is/Are there {noun}?",
    "Does the patient have {a}{noun}?",
)
SIDE = ("On which side is the {noun}?", "Which side is the {noun} on?", "Is the {noun} on the left or the right?")
WHERE = ("Where is the {noun}?", "In which zone is the {noun}?", "Where is/are the {noun} located?")
SIZE = ("How severe is the {noun}?", "How large is the {noun}?", "What is the size of the {noun}?")
BOX = ("Give the box of the {noun}.",)
VIEW = ("Is this a PA or an AP film?", "What is the view?", "Which view is this?")
HEART = (
    "Is the heart enlarged?",
    "Is the heart size abnormal?",
    "Is the cardiothoracic ratio above 0.5?",
    "Is there enlargement of the heart?",
)
NORMAL = ("Is this film normal?", "Is the chest x-ray normal?", "Are the lungs normal?")
CHEST = ("Is this a chest radiograph?", "Is this a chest x-ray?")
UNKNOWABLE = (
    "Is the patient a smoker?",
    "Has the {noun} increased since the prior film?",
    "Is the {noun} new?",
    "What is the name of the patient?",
    "Does the patient have a fever?",
    "Is there a liver lesion?",
    "How long has the patient been ill?",
    "Which drug does the patient take?",
    "Is there a pulmonary embolism?",
    "Is the {noun} benign or malignant?",
    "What is the patient's blood pressure?",
    "Was the patient operated on?",
    "Is there a coronary stenosis?",
)
CANNOT_TELL = "cannot tell"
BOX_SHARE = 0.12


@dataclass(frozen=True)
class Asked:
    """A question, its answer, and its kind for the figures."""

    question: str
    answer: str
    kind: str
    label: str | None = None


def noun_of(label: str, draw: random.Random) -> str:
    """Name a label in our words or in those of the product's vocabulary."""
    own = NOUNS[label]
    return draw.choice((own, TERMS[label].noun)) if label in TERMS else own


def article(label: str, noun: str) -> str:
    """Give 'a ', 'an ' or nothing."""
    if label not in COUNTABLE:
        return ""
    return "an " if noun[0] in "aeiou" else "a "


def presence(facts: Facts, label: str, draw: random.Random) -> Asked:
    """Ask whether a label is present."""
    noun = noun_of(label, draw)
    if label == "Cardiomegaly" and draw.random() < 0.4:
        text = draw.choice(HEART)
    else:
        text = draw.choice(PRESENCE).format(a=article(label, noun), noun=noun)
    return Asked(text, "yes" if label in facts.present else "no", "presence", label)


def sided_presence(facts: Facts, label: str, draw: random.Random) -> Asked:
    """Ask whether a finding is on one side; a question of the other side has the answer no."""
    side = draw.choice(("left", "right"))
    noun = noun_of(label, draw)
    sides = {finding.laterality for finding in facts.of(label)}
    return Asked(f"Is there a {side} {noun}?", "yes" if sides & {side, "bilateral"} else "no", "sided presence", label)


def side(finding: FindingFact | None, label: str, draw: random.Random) -> Asked:
    """Ask for the side."""
    answer = (
        "none"
        if finding is None
        else {"bilateral": "both"}.get(finding.laterality or "", finding.laterality or CANNOT_TELL)
    )
    return Asked(draw.choice(SIDE).format(noun=noun_of(label, draw)), answer, "side", label)


def detail(finding: FindingFact, draw: random.Random) -> Asked | None:
    """Ask for site or size of a finding."""
    noun = noun_of(finding.label, draw)
    if finding.zone and draw.random() < 0.5:
        return Asked(draw.choice(WHERE).format(noun=noun), site(finding), "site", finding.label)
    if finding.severity and finding.label not in ("Fracture", "Pneumoperitoneum"):
        return Asked(draw.choice(SIZE).format(noun=noun), severity_word(finding), "size", finding.label)
    return None


def box_text(box: Box | None) -> str:
    """Write a box as the model does: left, top, right, bottom in hundredths of the canvas; none where there is none."""
    return "none" if box is None else " ".join(f"{edge:02d}" for edge in box)


def box(facts: Facts, label: str, draw: random.Random) -> Asked:
    """Ask for the box around all that there is of a label."""
    text = draw.choice(BOX).format(noun=noun_of(label, draw))
    return Asked(text, box_text(facts.boxes.get(label)), "box", label)


def device(facts: Facts, draw: random.Random) -> Asked:
    """Ask for a device: its presence, its place, its name, or how many."""
    found = facts.of("Support Devices")
    kind = draw.randrange(4)
    if kind == 0:
        return Asked("How many support devices are there?", str(len(found)), "count", "Support Devices")
    if kind == 1:
        names = sorted(DEVICES[item.device] for item in found if item.device)
        return Asked("Which device is present?", " and ".join(names) if names else "none", "device", "Support Devices")
    name = draw.choice(sorted(DEVICES)) if not found or draw.random() < 0.4 else found[0].device or "endotracheal_tube"
    match = next((item for item in found if item.device == name), None)
    if kind == 2 or match is None:
        return Asked(
            f"Is there {'an' if name[0] == 'e' else 'a'} {DEVICES[name]}?",
            "yes" if match else "no",
            "device presence",
            "Support Devices",
        )
    return Asked(
        f"Is the {DEVICES[name]} in satisfactory position?",
        "no" if match.position == "malpositioned" else "yes",
        "device position",
        "Support Devices",
    )


def count(facts: Facts, label: str) -> Asked:
    """Ask in how many lungs, or on how many sides, a finding is."""
    sides = {
        part
        for f in facts.of(label)
        for part in (("left", "right") if f.laterality == "bilateral" else (f.laterality,))
    }
    return Asked(f"On how many sides is there a {NOUNS[label]}?", str(len(sides)), "count", label)


def unknowable(draw: random.Random) -> Asked:
    """Ask what no film can tell."""
    noun = NOUNS[draw.choice(sorted(NOUNS))]
    return Asked(draw.choice(UNKNOWABLE).format(noun=noun), CANNOT_TELL, "cannot tell")


def normal(facts: Facts, draw: random.Random) -> Asked:
    """Ask whether the film is normal."""
    return Asked(draw.choice(NORMAL[:2]), "no" if facts.present - {"Support Devices"} else "yes", "normal")


def ask(facts: Facts, draw: random.Random, many: int) -> list[Asked]:
    """Ask several questions of a film, balanced between yes and no."""
    asked: list[Asked] = []
    while len(asked) < many:
        if facts.boxes and draw.random() < BOX_SHARE:
            asked.append(box(facts, draw.choice(sorted(facts.boxes)), draw))
        elif (question := _one(facts, draw)) is not None:
            asked.append(question)
    return asked


def _one(facts: Facts, draw: random.Random) -> Asked | None:
    kind = draw.random()
    if kind < 0.42 or not facts.placed:
        return _presence(facts, draw)
    if kind < 0.56:
        sided = [label for label in SIDED if label in facts.present]
        pool = sided if sided and draw.random() < 0.7 else sorted(set(SIDED) & (facts.absent | facts.present))
        return sided_presence(facts, draw.choice(pool), draw)
    if kind < 0.68:
        found = [f for f in facts.findings if f.label in SIDED]
        chosen = draw.choice(found) if found and draw.random() < 0.85 else None
        absent = sorted(set(SIDED) & facts.absent)
        return side(chosen, chosen.label if chosen else draw.choice(absent), draw) if chosen or absent else None
    if kind < 0.80:
        question = detail(draw.choice(facts.findings), draw) if facts.findings else None
        return question or _general(facts, draw)
    if kind < 0.90:
        return device(facts, draw)
    if kind < 0.94:
        return count(facts, draw.choice(("Pleural Effusion", "Pneumothorax")))
    return _general(facts, draw)


def _presence(facts: Facts, draw: random.Random) -> Asked:
    absent, present = sorted(facts.absent & NOUNS.keys()), sorted(facts.present & NOUNS.keys())
    pool = present if present and (draw.random() < 0.5 or not absent) else absent
    if draw.random() < 0.12 or not pool:
        return _general(facts, draw)
    return presence(facts, draw.choice(pool), draw)


def _general(facts: Facts, draw: random.Random) -> Asked:
    kind = draw.random()
    if kind < 0.35:
        return unknowable(draw)
    if kind < 0.6 and facts.view:
        return Asked(draw.choice(VIEW), facts.view if facts.view != "LATERAL" else "lateral", "view")
    if kind < 0.9 and (facts.present or len(facts.absent) > 5):
        return normal(facts, draw)
    return Asked(draw.choice(CHEST), "yes", "chest")


def corpus() -> list[str]:
    """Give text that holds the questions' words, for the tokenizer."""
    draw = random.Random(3)
    facts = Facts(
        tuple(FindingFact(label, "left", "upper", "small", "endotracheal_tube", "ok") for label in SIDED),
        frozenset(NOUNS),
        "PA",
        True,
    )
    lines = [
        f"Question: {a.question} Answer as JSON." + '{"answer": "' + a.answer + '"}' for a in ask(facts, draw, 800)
    ]
    lines += [presence(facts, label, draw).question for label in sorted(NOUNS) for _ in range(12)]
    return lines + [unknowable(draw).question for _ in range(80)]
