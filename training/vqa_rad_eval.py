"""Compare the VLM's closed answers on VQA-RAD's held-out chest films with a baseline that sees no image."""

from collections import Counter
from typing import Any

import numpy as np

from training.embeddings import resized
from training.measures import interval
from training.scope import vqa_image, vqa_records
from training.splits import split_of
from training.vlm_data import template
from training.writer import Writer, parsed


def vqa_rad(writer: Writer) -> dict[str, Any]:
    """Compare closed answers on held-out VQA-RAD chest images with the question-only and the blind baselines."""
    records = [r for r in vqa_records() if r["organ"] == "CHEST" and str(r["answer"]).strip().lower() in ("yes", "no")]
    held = [r for r in records if split_of(f"vqa:{r['image_id']}") == "test"]
    taught = [r for r in records if split_of(f"vqa:{r['image_id']}") == "train"]
    images = resized(np.stack([vqa_image(r["image"]) for r in held]))
    prompts = [template("vqa").render(question=r["question"].strip()) for r in held]
    answers = [str(parsed(t, "answer")).lower() for t in writer.write(images, prompts, 24)]
    shuffled = [str(parsed(t, "answer")).lower() for t in writer.write(np.roll(images, 17, 0), prompts, 24)]
    truth = [str(r["answer"]).strip().lower() for r in held]
    right = np.array([a == t for a, t in zip(answers, truth, strict=True)], float)
    other = np.array([a == t for a, t in zip(shuffled, truth, strict=True)], float)
    blind = np.array([_question_only(taught, r["question"]) == t for r, t in zip(held, truth, strict=True)], float)
    return {
        "closed": interval(right.tolist()),
        "question only": interval(blind.tolist()),
        "shuffled image": interval(other.tolist()),
        "margin over question only": interval((right - blind).tolist()),
        "images": len({r["image_id"] for r in held}),
    }


def _question_only(taught: list[dict[str, Any]], question: str) -> str:
    """Answer with the majority among the most similar training questions (shared words), else 'no'."""
    words = set(question.lower().split())

    def likeness(record: dict[str, Any]) -> float:
        other = set(record["question"].lower().split())
        return len(words & other) / len(words | other)

    nearest = sorted(taught, key=likeness, reverse=True)[:7]
    votes = Counter(str(record["answer"]).strip().lower() for record in nearest)
    return votes.most_common(1)[0][0] if votes else "no"
