"""Measure the VLM on held-out films, generating through the saved folder as the tools do."""

import random
from collections import defaultdict
from typing import Any

import numpy as np
from numpy.typing import NDArray

from training.embeddings import resized
from training.facts import SIDED, Facts, row_facts
from training.gallery import truth_of, worst
from training.grounding_eval import BOX_HIT, EACH, grounding, overlap
from training.measures import decisions, f1, interval, macro_figures, prevalence
from training.new_films import WHERE, WITHIN, canvases, new_rows
from training.phantom_cache import Phantoms
from training.phrases import ABSENT, labels_in, sides_in
from training.questions import Asked, ask, presence
from training.vlm_data import boxed, template
from training.vqa_rad_eval import vqa_rad
from training.writer import Writer, parsed

PHANTOMS, SHUFFLED, QUESTIONS = 240, 100, 5
DRAWN = "phantom test"


def report_figures(texts: list[str], facts: list[Facts], where: str) -> dict[str, Any]:
    """Give label F1 (macro and by label), side accuracy, and the share that is valid JSON, of films from somewhere."""
    said: list[dict[str, int]] = []
    sides: list[dict[str, str]] = []
    for text in texts:
        sentences = parsed(text, "findings") or []
        said.append(labels_in(sentences))
        sides.append(sides_in(sentences))
    labels: dict[str, Any] = {}
    trust: dict[str, Any] = {}
    columns: dict[str, tuple[NDArray[Any], NDArray[Any]]] = {}
    for label in ABSENT:
        truth = known_of(facts, label)
        guess = np.array([float(item.get(label, 0) == 1) for item in said])
        known = ~np.isnan(truth)
        columns[label] = (truth, guess)
        if truth[known].sum() < 5 or (truth[known] == 0).sum() < 5:
            continue
        labels[label] = {
            "f1": round(f1(truth[known], guess[known]), 4),
            "always present f1": _always(truth[known]),
            "positive": int(truth[known].sum()),
            "negative": int((truth[known] == 0).sum()),
        }
        figure = decisions(truth[known], guess[known], where)
        if figure is not None:
            trust[label] = figure
    hits = [
        float(sides[i][label] == f.laterality)
        for i, item in enumerate(facts)
        for f in item.findings
        if f.laterality and (label := f.label) in SIDED and label in sides[i] and len(item.of(label)) == 1
    ]
    return {
        "films": len(texts),
        "valid json": round(float(np.mean([parsed(t, "findings") is not None for t in texts])), 4),
        **_macros([columns[label] for label in labels]),
        "macro f1 of always present": round(float(np.mean([v["always present f1"] for v in labels.values()])), 4)
        if labels
        else None,
        "side accuracy": interval(hits),
        "labels": labels,
        "trust": trust,
    }


def _macros(columns: list[tuple[NDArray[Any], NDArray[Any]]]) -> dict[str, Any]:
    if not columns:
        return {"macro f1": {"value": None}, "margin over always present": {"value": None}}
    truth, said = (np.stack(part, 1) for part in zip(*columns, strict=True))
    return dict(macro_figures(truth, said))


def failures(texts: list[str], facts: list[Facts], numbers: NDArray[Any]) -> list[dict[str, Any]]:
    """Describe the phantoms whose reports state most labels wrongly."""
    said = [parsed(text, "findings") or [] for text in texts]
    wrong = [len({k for k, v in labels_in(s).items() if v} ^ f.present) for s, f in zip(said, facts, strict=True)]
    return [
        {"number": int(numbers[i]), "truth": truth_of(facts[i]), "said": " ".join(said[i]) or "nothing"}
        for i in worst(np.array(wrong))
    ]


def prevalence_of(facts: list[Facts]) -> dict[str, float]:
    """Give the share of films that have each label that a report may state."""
    return prevalence(np.stack([known_of(facts, label) for label in ABSENT], 1), tuple(ABSENT))


def known_of(facts: list[Facts], label: str) -> NDArray[np.float64]:
    """Give what is known of a label (n,): 1 present, 0 absent, NaN unknown."""
    return np.array([1.0 if label in f.present else 0.0 if label in f.absent else np.nan for f in facts])


def _always(truth: NDArray[Any]) -> float:
    """Give the F1 of saying present of every film: the best that no look at the image can do."""
    return round(2 * truth.mean() / (1 + truth.mean()), 4)


def answer_figures(asked: list[Asked], answers: list[str]) -> dict[str, Any]:
    """Give accuracy by kind of question (closed: yes or no); a box is given its overlap with the true one."""
    by_kind: dict[str, list[float]] = defaultdict(list)
    for item, text in zip(asked, answers, strict=True):
        said = str(parsed(text, "answer")).strip().lower()
        if item.kind == "box":
            by_kind["box, overlap"].append(overlap(said, item.answer))
            by_kind[f"box, overlap from {BOX_HIT}"].append(float(by_kind["box, overlap"][-1] >= BOX_HIT))
            continue
        right = float(said == item.answer.lower())
        by_kind[item.kind].append(right)
        by_kind["closed" if item.answer in ("yes", "no") else "open"].append(right)
    return {kind: interval(values) for kind, values in sorted(by_kind.items())}


def presence_trust(writer: Writer, images: NDArray[np.uint8], facts: list[Facts], where: str) -> dict[str, Any]:
    """Ask for each label in up to 24 films that have it and 24 that have not, and give each label's decisions.

    `images` (n, SIZE, SIZE) has one for each of `facts`.
    """
    draw = random.Random(5)
    asked: list[Asked] = []
    index: list[int] = []
    for label in sorted(ABSENT):
        for kind in ("present", "absent"):
            films = [number for number, item in enumerate(facts) if label in getattr(item, kind)]
            for number in draw.sample(films, min(len(films), EACH)):
                asked.append(presence(facts[number], label, draw))
                index.append(number)
    prompts = [template("vqa").render(question=item.question) for item in asked]
    answers = writer.write(images[index], prompts, 24)
    found = {}
    for label in ABSENT:
        pairs = zip(asked, answers, strict=True)
        rows = [(item.answer == "yes", parsed(text, "answer") == "yes") for item, text in pairs if item.label == label]
        if rows:
            truth, said = np.array(rows, float).T
            figure = decisions(truth, said, where)
            if figure is not None:
                found[label] = figure
    return found


def evaluate_vlm() -> dict[str, Any]:
    """Give every figure of models/vlm."""
    writer = Writer()
    phantoms = Phantoms("test", frontal_only=True)
    facts = boxed(phantoms, list(range(min(PHANTOMS, len(phantoms.images)))), 0)
    images = resized(phantoms.images[:PHANTOMS])
    prompt = template("report").render()
    texts = writer.write(images, [prompt] * len(facts), 320)
    swapped = writer.write(np.roll(images, 31, 0)[:SHUFFLED], [prompt] * SHUFFLED, 320)
    results: dict[str, Any] = {"report": {"phantom": report_figures(texts, facts, DRAWN)}}
    results["report"]["phantom, shuffled images"] = report_figures(swapped, facts[:SHUFFLED], DRAWN)
    results["gallery"] = failures(texts, facts, phantoms.numbers)
    draw = random.Random(11)
    asked = [(number, item) for number, known in enumerate(facts) for item in ask(known, draw, QUESTIONS)]
    prompts = [template("vqa").render(question=item.question) for _, item in asked]
    index = [number for number, _ in asked]
    questions = [item for _, item in asked]
    results["vqa"] = {"phantom": answer_figures(questions, writer.write(images[index], prompts, 40))}
    half = len(index) // 2
    moved = writer.write(np.roll(images, 31, 0)[index[:half]], prompts[:half], 40)
    results["vqa"]["phantom, shuffled images"] = answer_figures(questions[:half], moved)
    results["grounding"] = {"phantom": grounding(writer, images, facts)}
    moved_boxes = grounding(writer, np.roll(images, 31, 0), facts)
    results["grounding"]["phantom, shuffled images"] = moved_boxes
    rows = new_rows()
    known, films = [row_facts(row) for row in rows], canvases(rows)
    written = writer.write(films, [prompt] * len(known), 320)
    results["report"][WITHIN] = report_figures(written, known, WHERE)
    results["vqa"]["vqa-rad chest"] = vqa_rad(writer)
    results["trust"] = {
        "report": results["report"][WITHIN].pop("trust"),
        "vqa": presence_trust(writer, films, known, WHERE),
    }
    results["prevalence"], results["prevalence_phantom"] = prevalence_of(known), prevalence_of(facts)
    results["trust_phantom"] = {
        "report": with_sides(results["report"]["phantom"].pop("trust"), results["report"]["phantom"]["side accuracy"]),
        "vqa": with_sides(presence_trust(writer, images, facts, DRAWN), results["vqa"]["phantom"]["sided presence"]),
    }
    return results


def with_sides(trust: dict[str, Any], sides: dict[str, Any]) -> dict[str, Any]:
    """Say in each label's trust how many of the sides that were named were right: over all sided labels together."""
    value = sides["value"]
    return {label: {**entry, "sides": value} if label in SIDED else entry for label, entry in trust.items()}
