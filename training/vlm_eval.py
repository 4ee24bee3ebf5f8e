"""Measure the VLM on held-out films, generating through the saved folder as the tools do."""

import json
import random
import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from training.data import manifest
from training.embeddings import real_images, resized
from training.facts import SIDED, Facts, row_facts
from training.gallery import truth_of, worst
from training.measures import decisions, f1, interval, macro_figures
from training.paths import MODELS
from training.phantom_cache import Phantoms
from training.phrases import ABSENT, labels_in, sides_in
from training.questions import Asked, ask, box, presence
from training.scope import vqa_image, vqa_records
from training.splits import split_of
from training.vlm import CHAT_TEMPLATE
from training.vlm_data import boxed, template

BATCH = 48
BOX = re.compile(r"\d{1,2}( \d{1,2}){3}")
BOX_HIT = 0.3
PHANTOMS, SHUFFLED, QUESTIONS, EACH = 240, 100, 5, 24


class Writer:
    """The saved VLM: greedy text for images and prompts."""

    def __init__(self) -> None:
        from transformers import AutoProcessor, LlavaForConditionalGeneration

        folder = MODELS / "vlm"
        self.model = LlavaForConditionalGeneration.from_pretrained(folder, dtype=torch.float32).eval()
        self.processor = AutoProcessor.from_pretrained(folder)
        self.processor.tokenizer.padding_side = "left"

    @torch.no_grad()
    def write(self, images: NDArray[np.uint8], prompts: Sequence[str], most: int) -> list[str]:
        """Write one text for each (240, 240) image and its prompt."""
        out: list[str] = []
        for start in range(0, len(prompts), BATCH):
            texts = [self._chat(prompt) for prompt in prompts[start : start + BATCH]]
            encoded = self.processor.tokenizer(texts, padding=True, return_tensors="pt", add_special_tokens=False)
            batch = torch.from_numpy(images[start : start + BATCH]).float().unsqueeze(1) / 255
            made = self.model.generate(
                input_ids=encoded["input_ids"],
                attention_mask=encoded["attention_mask"],
                pixel_values=((batch - 0.5) / 0.25).expand(-1, 3, -1, -1),
                max_new_tokens=most,
                do_sample=False,
            )
            out += self.processor.tokenizer.batch_decode(
                made[:, encoded["input_ids"].shape[1] :], skip_special_tokens=True
            )
        return out

    def _chat(self, prompt: str) -> str:
        import jinja2

        content = [{"type": "image"}, {"type": "text", "text": prompt}]
        text = jinja2.Template(CHAT_TEMPLATE).render(
            messages=[{"role": "user", "content": content}], add_generation_prompt=True
        )
        return text.replace("<image>", "<image>" * self.model.config.image_seq_length)


def parsed(text: str, key: str) -> Any:
    """Read one field of the JSON that the model wrote; None where it is no JSON."""
    try:
        value = json.loads(text)
    except json.JSONDecodeError:
        return None
    return value.get(key) if isinstance(value, dict) else None


def report_figures(texts: list[str], facts: list[Facts], source: str) -> dict[str, Any]:
    """Give label F1 (macro and by label), side accuracy, and the share that is valid JSON."""
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
        truth = np.array([1.0 if label in f.present else 0.0 if label in f.absent else np.nan for f in facts])
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
        figure = decisions(truth[known], guess[known], f"{source} test")
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


def overlap(said: str, true: str) -> float:
    """Give intersection over union of two boxes as the model writes them; 0 where either is no box."""
    if not (BOX.fullmatch(said) and BOX.fullmatch(true)):
        return 0.0
    a, b = ([int(edge) for edge in text.split()] for text in (said, true))
    sides = [max(0, min(a[i + 2], b[i + 2]) - max(a[i], b[i])) for i in (0, 1)]
    areas = [max(0, box[2] - box[0]) * max(0, box[3] - box[1]) for box in (a, b)]
    union = sum(areas) - sides[0] * sides[1]
    return sides[0] * sides[1] / union if union else 0.0


def real_test() -> tuple[NDArray[np.uint8], list[Facts], list[str]]:
    """Give held-out NIH and paediatric films with labels."""
    rows = manifest()
    chosen = [i for i, row in enumerate(rows) if row.split == "test" and row.source in ("nih-cxr14", "nih-cxr14-64px")]
    chosen += [i for i, row in enumerate(rows) if row.split == "test" and row.source == "kermany"][:40]
    return real_images()[chosen], [row_facts(rows[i]) for i in chosen], [rows[i].source for i in chosen]


def presence_trust(writer: Writer, images: NDArray[np.uint8], facts: list[Facts], source: str) -> dict[str, Any]:
    """Ask for each label in up to 24 films that have it and 24 that have not, and give each label's decisions."""
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
            figure = decisions(truth, said, f"{source} test")
            if figure is not None:
                found[label] = figure
    return found


def grounding(writer: Writer, images: NDArray[np.uint8], facts: list[Facts]) -> dict[str, Any]:
    """Ask for the box of each label in up to 24 films that show it: the share that overlaps the true box enough."""
    draw = random.Random(7)
    asked: list[Asked] = []
    index: list[int] = []
    for label in sorted({name for item in facts for name in item.boxes}):
        films = [number for number, item in enumerate(facts) if label in item.boxes]
        for number in draw.sample(films, min(len(films), EACH)):
            asked.append(box(facts[number], label, draw))
            index.append(number)
    answers = writer.write(images[index], [template("vqa").render(question=item.question) for item in asked], 24)
    hits: dict[str, list[float]] = defaultdict(list)
    for item, text in zip(asked, answers, strict=True):
        hits[str(item.label)].append(float(overlap(str(parsed(text, "answer")), item.answer) >= BOX_HIT))
    return {label: interval(values) for label, values in hits.items()}


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


def evaluate_vlm() -> dict[str, Any]:
    """Give every figure of models/vlm."""
    writer = Writer()
    phantoms = Phantoms("test", frontal_only=True)
    facts = boxed(phantoms, list(range(min(PHANTOMS, len(phantoms.images)))), 0)
    images = resized(phantoms.images[:PHANTOMS])
    prompt = template("report").render()
    texts = writer.write(images, [prompt] * len(facts), 320)
    swapped = writer.write(np.roll(images, 31, 0)[:SHUFFLED], [prompt] * SHUFFLED, 320)
    results: dict[str, Any] = {"report": {"phantom": report_figures(texts, facts, "phantom")}}
    results["report"]["phantom, shuffled images"] = report_figures(swapped, facts[:SHUFFLED], "phantom")
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
    films, known, sources = real_test()
    written = writer.write(films, [prompt] * len(known), 320)
    nih = [i for i, source in enumerate(sources) if source == "nih-cxr14"]
    results["report"]["nih-cxr14"] = report_figures([written[i] for i in nih], [known[i] for i in nih], "nih-cxr14")
    results["report"]["real, all sources"] = report_figures(written, known, "real")
    results["vqa"]["vqa-rad chest"] = vqa_rad(writer)
    results["trust"] = {
        "report": results["report"]["nih-cxr14"].pop("trust"),
        "vqa": presence_trust(writer, films[nih], [known[i] for i in nih], "nih-cxr14"),
    }
    results["trust_phantom"] = {
        "report": results["report"]["phantom"].pop("trust"),
        "vqa": presence_trust(writer, images, facts, "phantom"),
    }
    return results
