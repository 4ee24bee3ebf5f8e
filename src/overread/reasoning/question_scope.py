"""Questions that no model of the picture may answer: they are refused in a sentence, and no tool is asked.

Only what is surely outside is named here. Any other question that names nothing the labeler knows is put to the model,
and its answer is worth nothing (`unbound`).
"""

import re
from collections.abc import Mapping
from typing import Literal

Outside = Literal["sign_off", "instruction", "emergency", "oneself", "dose", "treatment", "task"]
"""A demand to sign; words to a program; a person in need; a patient about themselves; radiation; what to do about it;
something that has nothing to do with a film."""

_OF_ONESELF = r"\b(?:i|i'm|i've|me|my|mine|we|our)\b"
_PATTERNS: tuple[tuple[Outside, tuple[str, ...]], ...] = (
    (
        "sign_off",
        (
            r"\b(?:sign|approve|finali[sz]e|authori[sz]e|release|verify)\b(?:\s+\w+){0,2}"
            r"\s+(?:report|draft|case|study|it|this|off)\b",
            r"\b(?:mark|set)\b(?:\s+\w+){0,3}\s+(?:signed|final|verified|normal)\b",
        ),
    ),
    (
        "instruction",
        (
            r"\b(?:ignore|disregard|forget|override|bypass|skip)\b.{0,40}"
            r"\b(?:instruction|rule|prompt|guideline|polic(?:y|ie)|safety|check)",
            r"\b(?:system|developer) (?:prompt|message)\b|<\|\w+\|>|\[/?INST\]",
            r"\byou are (?:now )?(?:an? )?(?:\w+ )?(?:ai|assistant|model|chatbot)\b",
            r"\b(?:report|say|answer|respond|write)\b (?:\w+ ){0,3}(?:as )?normal\b",
        ),
    ),
    (
        "emergency",
        (
            rf"{_OF_ONESELF}.{{0,60}}\b(?:can(?:no|')?t breathe|cannot breathe|chest pains?|pass(?:ing)? out|faint\w*"
            r"|collaps\w+|bleeding|suffocat\w+|dying|kill myself|suicid\w+)\b",
        ),
    ),
    ("dose", (r"\b(?:radiation|dose|dosage|milli?sievert|msv|m?gy|pregnan\w+|foetus|fetus|unborn)\b",)),
    (
        "oneself",
        (
            r"\bmy (?:chest|lungs?|heart|x-?rays?|film|scan|results?|symptoms?|cough|pain|diagnosis|doctor)\b",
            r"\b(?:do i have|am i|will i|what do i|should i)\b|\bi (?:have|feel|am)\b",
            r"\bis my\b",
        ),
    ),
    (
        "treatment",
        (
            r"\b(?:treat(?:ment|ed)?|therap\w+|prescri\w+|antibiotics?|medication|medicine|drugs?|administer"
            r"|decompress\w*|intubat(?:e|ing)|operate|discharge|send (?:him|her|them)? ?home)\b",
            r"\bshould\b.{0,60}\bbe (?:placed|inserted|given|started|stopped|drained|removed|admitted)\b",
        ),
    ),
    (
        "task",
        (
            r"^\W*(?:please\s+|can you\s+|could you\s+)?(?:write|compose|translate|calculate|run|execute|download"
            r"|delete|email|send|sing|recommend|import|eval)\b",
            r"\b(?:os\.system|subprocess|rm -rf|curl |select \* from|drop table)\b",
            r"\b(?:capital of|weather|stock price|joke|poem|recipe)\b",
        ),
    ),
)
_COMPILED = tuple((kind, re.compile("|".join(words), re.IGNORECASE | re.DOTALL)) for kind, words in _PATTERNS)
_OF_A_PERSON = re.compile(r"\d{4,}|\d[./-]\d+[./-]\d|\b(?:Mr|Mrs|Ms|Miss|Dr|Prof|Herr|Frau)\b\.?|[\w.]+@[\w.]+")
"""Dates, numbers of patients or telephones, titles before a name, addresses: such words go to no model."""
OF_A_PERSON = "It holds words that may name a person."
REFUSALS: Mapping[Outside, str] = {
    "sign_off": "Only a person signs a report, in the review; the draft stays as it is.",
    "instruction": "The words read like an instruction to a program; nothing acts on them. Ask about the film.",
    "emergency": "This program cannot help a person in need: call the emergency number or a doctor now.",
    "oneself": "This program answers readers about a film, not patients about themselves: ask a doctor who knows you.",
    "dose": "No model of the film knows of radiation and pregnancy: ask the radiologist or the medical physicist.",
    "treatment": "What is to be done is decided by those who treat the patient; no model of the film is asked.",
    "task": "That is no question about the film; nothing was run.",
}


def outside(text: str) -> Outside | None:
    """Say why a question is none for a model of the picture; None where it may be put to it."""
    words = " ".join(text.split())
    return next((kind for kind, pattern in _COMPILED if pattern.search(words)), None)


def barred(text: str) -> str | None:
    """Say in a sentence why free words are put to no model: outside of its task, or they may name a person."""
    if (kind := outside(text)) is not None:
        return REFUSALS[kind]
    return OF_A_PERSON if _OF_A_PERSON.search(text) else None
