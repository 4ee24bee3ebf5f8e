"""Compare the models behind the servers of the profile vllm-cpu with the same models in this process.

overread serve up --profile vllm-cpu
python scripts/agreement.py [PHANTOMS] [FOLDER OF FILMS]
"""

import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import NamedTuple

import numpy as np
from PIL import Image
from rich.console import Console
from rich.table import Table

from overread import prompting
from overread.composition import parts_of
from overread.ports import ChatBackend, ChatRequest, EmbeddingBackend, Picture
from overread.reasoning.questions import ask_about
from overread.settings import Settings, load_profile, load_settings
from overread.testing.phantoms import render, sample_recipe, to_display
from overread.tools import report, vqa
from overread.tools._boxes import SCHEMA as BOX_SCHEMA
from overread.tools._boxes import box_question

PHANTOMS, FILMS = 8, 24
SIZE = 384
LABELS = ("Cardiomegaly", "Pleural Effusion", "Pneumothorax", "Edema")
TEXTS = (
    "No acute cardiopulmonary abnormality.",
    "A large left pleural effusion is present.",
    "There is mild airspace opacity in the lungs on both sides. " * 12,
)


class ChatAgreement(NamedTuple):
    """How far served answers are those of the model in this process."""

    asked: int
    identical: int
    """Answers with the same text and as many tokens."""
    drift: float
    """Largest difference of the mean log-probabilities of identical answers."""


class EmbeddingAgreement(NamedTuple):
    """How far served vectors are those of the model in this process."""

    asked: int
    cosine: float
    """Smallest cosine of a vector and the same one in process."""


def phantoms(count: int) -> list[Picture]:
    """Render frontal phantoms, numbers from 0 on, as pictures [384, 384]."""
    return [to_display(render(sample_recipe(number, view="PA", flipped=False), SIZE)) for number in range(count)]


def films(folder: Path, count: int = FILMS) -> list[Picture]:
    """Read pictures [rows, columns] spread over a folder, at least `count` where it has as many, grey and 8-bit."""
    paths = sorted(path for path in folder.rglob("*") if path.suffix in (".png", ".jpg", ".jpeg"))
    return [np.asarray(Image.open(path).convert("L")) for path in islice(paths, 0, None, max(1, len(paths) // count))]


def reports(pictures: Sequence[Picture]) -> Iterator[ChatRequest]:
    """Ask for a report of each picture as the report tool does, in its schema."""
    prompt = prompting.load(report.ROLE).render()
    for picture in pictures:
        yield ChatRequest(prompt, (picture,), schema=report.SCHEMA, max_tokens=report.MAX_TOKENS)


def unguided(pictures: Sequence[Picture]) -> Iterator[ChatRequest]:
    """Ask for reports without a schema: only then are a server's log-probabilities the model's own."""
    for request in reports(pictures):
        yield replace(request, schema=None)


def questions(pictures: Sequence[Picture]) -> Iterator[ChatRequest]:
    """Ask about some labels, and for a box, which has a schema of its own."""
    prompt = prompting.load(vqa.ROLE)
    for picture in pictures:
        for label in LABELS:
            text = prompt.render(question=ask_about(label).text)
            yield ChatRequest(text, (picture,), schema=vqa.SCHEMA, max_tokens=vqa.MAX_TOKENS)
        text = prompt.render(question=box_question(LABELS[0]))
        yield ChatRequest(text, (picture,), schema=BOX_SCHEMA, max_tokens=vqa.MAX_TOKENS)


def compare_chat(served: ChatBackend, local: ChatBackend, requests: Sequence[ChatRequest]) -> ChatAgreement:
    """Put each request to both; answers that differ in text or number of tokens do not count towards the drift."""
    identical, drift = 0, 0.0
    for request in requests:
        one, other = served.ask(request), local.ask(request)
        if (one.text, one.completion_tokens) == (other.text, other.completion_tokens):
            identical += 1
            if one.mean_logprob is not None and other.mean_logprob is not None:
                drift = max(drift, abs(one.mean_logprob - other.mean_logprob))
    return ChatAgreement(len(requests), identical, drift)


def compare_embedding(
    served: EmbeddingBackend, local: EmbeddingBackend, pictures: Sequence[Picture], texts: Sequence[str]
) -> EmbeddingAgreement:
    """Compare the unit vectors [n, d] of all pictures and texts, each with its own."""
    pairs = [
        (served.embed_pictures(pictures), local.embed_pictures(pictures)),
        (served.embed_texts(texts), local.embed_texts(texts)),
    ]
    cosines = np.concatenate([np.sum(one.astype(np.float64) * other, axis=1) for one, other in pairs])
    return EmbeddingAgreement(len(cosines), float(cosines.min()))


def models(profile: str, settings: Settings) -> tuple[ChatBackend, EmbeddingBackend]:
    """Give the models that a profile names for the roles `report` and `classification`."""
    parts = parts_of(load_profile(profile, settings), settings)
    return parts.chat("report"), parts.embedding("classification")


def main() -> None:
    """Print a row for each model, task and kind of picture; exit 1 when an answer differs."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else PHANTOMS
    settings = load_settings()
    (chat, clip), (local_chat, local_clip) = models("vllm-cpu", settings), models("embedded", settings)
    sets = {"phantoms": phantoms(count)}
    if len(sys.argv) > 2:
        sets["films"] = films(Path(sys.argv[2]))
    table = Table("model", "task", "pictures", "n", "identical", "max |Δ mean log-prob|", "min cosine")
    differ = False
    for name, pictures in sets.items():
        for task in (reports, questions, unguided):
            chats = compare_chat(chat, local_chat, list(task(pictures)))
            differ |= chats.identical < chats.asked
            table.add_row("vlm", task.__name__, name, str(chats.asked), str(chats.identical), f"{chats.drift:.1e}", "")
        vectors = compare_embedding(clip, local_clip, pictures, TEXTS)
        table.add_row("clip", "embeddings", name, str(vectors.asked), "", "", f"{vectors.cosine:.7f}")
    Console(width=120).print(table)
    sys.exit(int(differ))


if __name__ == "__main__":
    main()
