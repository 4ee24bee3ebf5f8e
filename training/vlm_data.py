"""Sequences for the VLM: frozen image features, one report and several questions packed behind each image."""

import random
import re
from collections import Counter
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import jinja2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from tqdm import tqdm

from training.augment import affine, intensity, occlude, unit_planes, warp
from training.clip_data import SOURCE_SHARES, SUBTLE, showing
from training.data import LABELS, manifest
from training.facts import Facts, FindingFact, row_facts
from training.folds import teaching
from training.loop import processes, rank
from training.paths import ROOT, WORK
from training.phantom_cache import Phantoms, boxes_in
from training.questions import CHEST, Asked, ask
from training.reports import LUNG_LABELS, Usual, report_of
from training.resolution import GRID, SIZE
from training.scope import vqa_image, vqa_records
from training.splits import Split, split_of

IMAGE_TOKENS = GRID * GRID
QUESTIONS = 7
BATCH = 10
IGNORED = -100
GROUPED, LEAST_GROUP = 0.5, 20
STATED = 1.75
"""Films of a source whose reports state a finding, for each that has it by its label. Of the classifier's networks on
films that they had not seen, the mean F1 of nine labels is flat from 1.5 to 2.5 such decisions, .32 there."""
Text = tuple[str, str]
"""What the user says after the image, and what the model writes."""


@lru_cache
def template(role: str) -> jinja2.Template:
    """Read the body of a released prompt, the very text that the tools render."""
    text = (ROOT / "prompts" / role / "v1.md").read_text(encoding="utf-8")
    body = re.split(r"^---$", text, maxsplit=2, flags=re.MULTILINE)[2]
    return jinja2.Template(body.strip(), undefined=jinja2.StrictUndefined)


def answer_json(answer: str) -> str:
    """Give an answer as the model writes it."""
    import json

    return json.dumps({"answer": answer})


def vqa_text(asked: Asked) -> Text:
    """Render a question and its answer."""
    return template("vqa").render(question=asked.question), answer_json(asked.answer)


def report_text(facts: Facts, draw: random.Random) -> Text:
    """Render the report task."""
    return template("report").render(), report_of(facts, draw)


@dataclass(frozen=True)
class Group:
    """Rows that are drawn together, and how often against the other groups."""

    rows: NDArray[np.int64]
    weight: float = 1.0


@dataclass
class Bank:
    """Features of images (n views each) and what is known of them."""

    features: NDArray[np.float16]
    """(images, IMAGE_TOKENS, width)."""
    facts: list[Facts]
    fixed: list[list[Asked]]
    """Questions that others wrote of this image (VQA-RAD); empty otherwise."""
    reported: list[Facts]
    """What a report of each image states (`stated`): of phantoms, what is known of them."""
    groups: tuple[Group, ...] = ()
    """Rows that belong together by source and label, so that a rare or subtle label is not drowned."""

    def draw(self, draw: random.Random) -> int:
        """Choose a row; every other time a group first, where there are groups."""
        if self.groups and draw.random() < GROUPED:
            [group] = draw.choices(self.groups, [group.weight for group in self.groups])
            return int(draw.choice(group.rows))
        return draw.randrange(len(self.features))


def tower_features(clip: Any, images: Tensor) -> NDArray[np.float16]:
    """Run the CLIP's frozen tower on (n, 1, SIZE, SIZE) images in [0, 1]; give the patch tokens that LLaVA reads."""
    return tower_tokens(clip.vision_model, images)


@torch.no_grad()
def tower_tokens(vision: Any, images: Tensor) -> NDArray[np.float16]:
    """Give (n, IMAGE_TOKENS, width) of (n, 1, SIZE, SIZE) images: hidden state -2 without the class token."""
    out = []
    for batch in images.split(64):
        shown = ((batch - 0.5) / 0.25).expand(-1, 3, -1, -1).to(vision.device)
        seen = vision(pixel_values=shown, output_hidden_states=True)
        out.append(seen.hidden_states[-2][:, 1:].half().cpu().numpy())
    return np.concatenate(out)


def sample_images(count: int) -> NDArray[np.uint8]:
    """Give (2 * count, CACHED, CACHED) training images: films, then phantoms."""
    rows = manifest()
    films = [i for i in teaching(rows) if rows[i].source in SOURCE_SHARES]
    chosen = random.Random(0).sample(films, count)
    return np.concatenate(
        [np.load(WORK / "cache" / "real.npz")["images"][chosen], Phantoms("train", frontal_only=True).images[:count]]
    )


def shaken(images: NDArray[np.uint8], seed: int) -> Tensor:
    """Give (n, 1, SIZE, SIZE) views; seed 0 is the plain resize."""
    batch = unit_planes(images)
    if seed == 0:
        return torch.nn.functional.interpolate(batch, SIZE, mode="bilinear", antialias=True)
    generator = torch.Generator().manual_seed(seed)
    maps = shake(len(images), generator)
    return occlude(intensity(warp(batch, maps, SIZE), generator), generator, 0.1)


def shake(count: int, generator: torch.Generator) -> Tensor:
    """Draw the (count, 2, 3) maps of `shaken`: the first that its generator gives."""
    return affine(count, generator, degrees=6, zoom=(0.9, 1.12), shift=0.05)


def boxed(phantoms: Phantoms, index: list[int], seed: int) -> list[Facts]:
    """Give the facts of phantoms with each finding's box in the view that `shaken` makes of them with this seed."""
    planes = torch.from_numpy(phantoms.findings[index]).float() / 255
    if seed:
        planes = warp(planes, shake(len(index), torch.Generator().manual_seed(seed)), planes.shape[-1])
    return [replace(phantoms.facts[i], boxes=boxes_in(p)) for i, p in zip(index, planes.numpy(), strict=True)]


CHUNK = 64


def seed_of(view: int, start: int) -> int:
    """Give the seed of a chunk's view; the first view is the image as it is."""
    return 0 if view == 0 else view * 1_000_003 + start


def views_of(clip: Any, images: NDArray[np.uint8], views: int) -> NDArray[np.float16]:
    """Compute the features of several views of each image, view by view: (views * n, tokens, width)."""
    chunks = [(view, start) for view in range(views) for start in range(0, len(images), CHUNK)]
    seen = [
        tower_features(clip, shaken(images[start : start + CHUNK], seed_of(view, start)))
        for view, start in tqdm(chunks, desc="tower", mininterval=10)
    ]
    return np.concatenate(seen)


def phantom_bank(clip: Any, split: Split, views: int, most: int | None = None) -> Bank:
    """Give the bank of frontal phantoms of a split; processes that train together share them out."""
    phantoms = Phantoms(split, frontal_only=True)
    mine = list(range(len(phantoms.images)))[rank() : most : processes()]
    facts = [
        fact
        for view in range(views)
        for start in range(0, len(mine), CHUNK)
        for fact in boxed(phantoms, mine[start : start + CHUNK], seed_of(view, start))
    ]
    return Bank(views_of(clip, phantoms.images[mine], views), facts, [[] for _ in facts], facts, groups_showing(facts))


def groups_showing(facts: list[Facts]) -> tuple[Group, ...]:
    """Group rows by the subtle finding that they show: one that is seen in half of its films is said in none."""
    groups = ((showing(facts, label), weight) for label, weight in SUBTLE.items())
    return tuple(Group(np.array(rows), weight) for rows, weight in groups if len(rows) >= LEAST_GROUP)


def real_bank(clip: Any, views: int) -> Bank:
    """Give the bank of real films that may be trained on; processes that train together share them out."""
    with np.load(WORK / "cache" / "distil.npz") as cache:
        index, chances = cache["rows"], cache["chances"]
    films = manifest()
    rows = [films[i] for i in index]
    facts = [row_facts(row) for row in rows]
    reported = stated(facts, [row.source for row in rows], chances)
    kept = [i for i, fact in enumerate(facts) if fact.findings or fact.absent][rank() :: processes()]
    images = np.load(WORK / "cache" / "real.npz")["images"][index[kept]]
    known, said = [facts[i] for i in kept] * views, [reported[i] for i in kept] * views
    groups = groups_of([rows[i].source for i in kept] * views, said)
    return Bank(views_of(clip, images, views), known, [[] for _ in known], said, groups)


def stated(facts: list[Facts], sources: list[str], chances: NDArray[np.floating[Any]]) -> list[Facts]:
    """Give what reports of real films state: the findings that the classifier's network is surest of.

    Of each source and label, STATED films for each that has the label, those with the highest of its `chances`
    (n, labels); where it was not asked (NaN), what the source says. Labels mined from reports are noisy, and most
    findings are seen in a film with a chance below a half: a model that writes what is likelier than not would write
    of none (sequence-level distillation; Kim and Rush 2016, arXiv 1606.07947).
    """
    shown = [set(fact.present) for fact in facts]
    for source in sorted(set(sources)):
        mine = np.array([i for i, name in enumerate(sources) if name == source])
        for place, label in enumerate(LABELS):
            if label == "No Finding" or np.isnan(chances[mine, place]).any():
                continue
            positive = sum(label in facts[i].present for i in mine)
            surest = set(mine[np.argsort(-chances[mine, place])[: round(STATED * positive)]].tolist())
            for i in mine:
                shown[i] = shown[i] | {label} if i in surest else shown[i] - {label}
    return [_showing_only(fact, present) for fact, present in zip(facts, shown, strict=True)]


def _showing_only(fact: Facts, present: set[str]) -> Facts:
    """State other findings of a film; that the lungs are clear only where its source says so too."""
    hidden = {"Lung Opacity"} if present & LUNG_LABELS else set()
    absent = (fact.absent | fact.present) - present - hidden
    return replace(fact, findings=tuple(FindingFact(label) for label in sorted(present)), absent=frozenset(absent))


def groups_of(sources: list[str], facts: list[Facts]) -> tuple[Group, ...]:
    """Group rows by source and label present, or by source where nothing is; small groups are left out.

    A source is drawn as often as the tower's training draws it, its groups alike.
    """
    groups: dict[tuple[str, str], list[int]] = {}
    for row, (source, fact) in enumerate(zip(sources, facts, strict=True)):
        for label in fact.present or {"nothing"}:
            groups.setdefault((source, label), []).append(row)
    enough = {key: rows for key, rows in sorted(groups.items()) if len(rows) >= LEAST_GROUP}
    many = Counter(source for source, _ in enough)
    return tuple(Group(np.array(rows), SOURCE_SHARES[source] / many[source]) for (source, _), rows in enough.items())


def vqa_bank(clip: Any, split: Split, views: int) -> Bank:
    """Give VQA-RAD's images of a split (by image) with their closed and short open questions.

    Heads and abdomens teach how its questions are put and answered: its chest films for training are 59.
    """
    by_image: dict[str, list[Asked]] = {}
    paths: dict[str, str] = {}
    for record in vqa_records():
        answer = str(record["answer"]).strip().lower()
        if split_of(f"vqa:{record['image_id']}") != split or len(answer.split()) > 4:
            continue
        kind = "vqa-rad closed" if answer in ("yes", "no") else "vqa-rad open"
        by_image.setdefault(record["image_id"], []).append(Asked(record["question"].strip(), answer, kind))
        paths[record["image_id"]] = record["image"]
    names = sorted(by_image)
    images = np.stack([vqa_image(paths[name]) for name in names])
    nothing = Facts((), frozenset(), None, False)
    nobody = [nothing] * len(names) * views
    return Bank(views_of(clip, images, views), nobody, [by_image[n] for n in names] * views, nobody)


def texts_for(facts: Facts, fixed: list[Asked], reported: Facts, draw: random.Random) -> list[Text]:
    """Choose what to ask of one image in one step; its report states what `reported` holds."""
    if fixed:
        return [vqa_text(asked) for asked in draw.sample(fixed, min(len(fixed), QUESTIONS + 3))]
    texts = [vqa_text(asked) for asked in ask(facts, draw, QUESTIONS)]
    if facts.findings or len(facts.absent) > 5:
        texts.append(report_text(reported, Usual(draw.random())))
    if draw.random() < 0.05:
        texts.append(vqa_text(Asked(CHEST[0], "yes", "chest")))
    return texts


@dataclass
class Packed:
    """A batch: token ids behind the image, labels, positions, and who may look at whom."""

    features: Tensor
    tokens: Tensor
    labels: Tensor
    positions: Tensor
    mask: Tensor
    """(n, 1, length, length) additive: causal, and blind to the other texts behind the same image."""


def pack(bank_rows: list[tuple[NDArray[np.float16], list[Text]]], tokenizer: Any) -> Packed:
    """Lay out <|user|> image, then every text as if it were the only one."""
    user = tokenizer.convert_tokens_to_ids("<|user|>")
    end, assistant = tokenizer.eos_token_id, tokenizer.convert_tokens_to_ids("<|assistant|>")
    prefix = len(bank_rows[0][0]) + 1
    rows = []
    for _, texts in bank_rows:
        prompts = tokenizer([text for text, _ in texts], add_special_tokens=False)["input_ids"]
        answers = tokenizer([answer for _, answer in texts], add_special_tokens=False)["input_ids"]
        tokens: list[int] = []
        labels: list[int] = []
        positions: list[int] = []
        group: list[int] = []
        for number, (prompt, answer) in enumerate(zip(prompts, answers, strict=True), start=1):
            part = [*prompt, end, assistant, *answer, end]
            tokens += part
            labels += [IGNORED] * (len(prompt) + 2) + [*answer, end]
            positions += range(prefix, prefix + len(part))
            group += [number] * len(part)
        rows.append((tokens, labels, positions, group))
    return _padded(rows, np.stack([features for features, _ in bank_rows]), user, tokenizer.pad_token_id)


def _padded(rows: list[Any], features: NDArray[np.float16], user: int, pad: int) -> Packed:
    prefix = features.shape[1] + 1
    length = prefix + max(len(row[0]) for row in rows)
    count = len(rows)
    tokens = torch.full((count, length), pad)
    labels = torch.full((count, length), IGNORED)
    positions = torch.zeros((count, length), dtype=torch.long)
    group = torch.full((count, length), -1)
    tokens[:, 0] = user
    group[:, :prefix] = 0
    positions[:, :prefix] = torch.arange(prefix)
    for index, (ids, wanted, places, groups) in enumerate(rows):
        stop = prefix + len(ids)
        tokens[index, prefix:stop] = torch.tensor(ids)
        labels[index, prefix:stop] = torch.tensor(wanted)
        positions[index, prefix:stop] = torch.tensor(places)
        group[index, prefix:stop] = torch.tensor(groups)
    causal = torch.tril(torch.ones(length, length, dtype=torch.bool))
    seen = causal & ((group[:, :, None] == group[:, None, :]) | (group[:, None, :] == 0))
    mask = torch.where(seen, 0.0, torch.finfo(torch.bfloat16).min)[:, None]
    return Packed(torch.from_numpy(features).float(), tokens, labels, positions, mask)
