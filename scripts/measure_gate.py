"""Measure what the gate refuses and what a draft's limits say, on held-out films, turned and cut ones, and no chest.

    python -m scripts.measure_gate [--films 100] [--turned 30] [--minutes 60] [--table docs/gate.md]

The quality tool is the product's; embeddings and masks are kept in .training/gate by the digest of the picture, so that
a run goes on where the last one stopped, and counts what is there. With --table the table is put between the markers.
"""

import argparse
import hashlib
import time
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple, cast

import numpy as np
from numpy.typing import NDArray

from overread.backends.transformers import build
from overread.evals._intervals import wilson
from overread.imaging.gate import notes, pixel_refusal
from overread.ports import Picture
from overread.reasoning.positioning import APEX_CUT, BASE_CUT, BREATH, SENTENCES, limits
from overread.records import Evidence
from overread.settings import ModelSpec, Settings
from overread.testing.doubles import make_evidence, make_work
from overread.testing.doubles.parts import make_parts
from overread.tools import quality
from overread.tools._masks import BoolPlane, organ_mask
from overread.tools._positioning import LUNGS, positioning
from training.gate_pictures import Item, items
from training.paths import save_arrays, work

BEGIN, END = "<!-- gate figures -->", "<!-- /gate figures -->"
SHORT = {SENTENCES[BREATH]: "shallow breath", SENTENCES[BASE_CUT]: "bases cut", SENTENCES[APEX_CUT]: "apices cut"}
WORDS = {"inverted": "grey levels", "empty border": "border", "one film alone": "two films", "pure black": "saturated"}
"""Words of the gate's notes, and how the table calls them."""


class Judged(NamedTuple):
    """What the product says of one picture."""

    kind: str
    refusal: str | None
    told: tuple[str, ...]


class Kept:
    """The CLIP and the segmenter; what they said once of a picture is read from disk."""

    def __init__(self) -> None:
        self._clip = cast(Any, build(ModelSpec(backend="transformers", model="clip"), Settings()))
        self._segmenter = cast(Any, build(ModelSpec(backend="transformers", model="segmenter"), Settings()))
        self.card, self.logit_scale = self._clip.card, self._clip.logit_scale

    def embed_pictures(self, pictures: Sequence[Picture]) -> NDArray[np.float32]:
        """Give the embeddings (n, d)."""
        return np.stack([self._embedded(picture) for picture in pictures])

    def embed_texts(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Embed no text: nothing here asks for one."""
        raise NotImplementedError

    def lungs(self, picture: Picture) -> dict[str, BoolPlane]:
        """Give the masks of the lungs that were found."""
        path = work("gate", f"{_digest(picture)}-lungs.npz")
        if not path.exists():
            maps = self._segmenter.segment(picture)
            save_arrays(path, {name: np.packbits(organ_mask(maps[name], 0.5)) for name in LUNGS})
        packed = np.load(path)
        planes = {name: np.unpackbits(packed[name])[: picture.size].reshape(picture.shape) for name in LUNGS}
        return {name: plane.astype(np.bool_) for name, plane in planes.items() if plane.any()}

    def knows(self, item: Item) -> bool:
        """Say whether an earlier run has looked at a picture."""
        digest = _digest(np.ascontiguousarray(item.show()))
        return work("gate", f"{digest}.npy").exists() and (
            not item.masks or work("gate", f"{digest}-lungs.npz").exists()
        )

    def _embedded(self, picture: Picture) -> NDArray[np.float32]:
        path = work("gate", f"{_digest(picture)}.npy")
        if not path.exists():
            np.save(path, self._clip.embed_pictures([picture])[0])
        return np.asarray(np.load(path), np.float32)


def _digest(picture: Picture) -> str:
    return hashlib.sha256(repr(picture.shape).encode() + np.ascontiguousarray(picture).tobytes()).hexdigest()


def judge(item: Item, kept: Kept) -> Judged:
    """Run the quality tool, the gate and the limits on one picture; its header says nothing of its view."""
    picture = np.ascontiguousarray(item.show())
    given = make_work(picture)
    image = given.image.model_copy(update={"view": None, "view_source": None})
    evidence: list[Evidence] = list(quality.build(make_parts(classification=kept)).run(replace(given, image=image)))
    refusal = pixel_refusal(evidence)
    said = [name for note in notes(given.study, evidence, image) for words, name in WORDS.items() if words in note]
    if item.masks and refusal is None:
        lying = [make_evidence(each, tool="segmentation") for each in positioning(kept.lungs(picture), picture)]
        said += [SHORT[sentence] for sentence, _ in limits(lying, child=item.kind.startswith("kermany"))]
    return Judged(item.kind, refusal.reason if refusal else None, tuple(said))


def table(judged: Sequence[Judged]) -> str:
    """Lay out a row a kind: how many are refused, by reason, and what the rest are told."""
    kinds: dict[str, list[Judged]] = defaultdict(list)
    for each in judged:
        kinds[each.kind].append(each)
    rows = ["| picture | n | refused (95 %) | as | limits told of those read |", "|---|---|---|---|---|"]
    for kind, group in kinds.items():
        refused = Counter(each.refusal for each in group if each.refusal)
        low, high = wilson(refused.total(), len(group))
        told = Counter(name for each in group if each.refusal is None for name in each.told)
        share = f"{refused.total()} ({low:.2f} to {high:.2f})"
        rows.append(f"| {kind} | {len(group)} | {share} | {_listed(refused)} | {_listed(told)} |")
    return "\n".join(rows)


def _listed(counts: Counter[Any]) -> str:
    return ", ".join(f"{name} {count}" for name, count in counts.most_common()) or "–"


def main() -> None:
    """Judge every picture that there is time for, in an order drawn once, and print or keep the table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--films", type=int, default=100)
    parser.add_argument("--turned", type=int, default=30)
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--known", action="store_true", help="only what an earlier run has looked at")
    parser.add_argument("--table", type=Path)
    asked = parser.parse_args()
    end, kept = time.monotonic() + 60 * asked.minutes, Kept()
    every = list(items(asked.films, asked.turned))
    judged = []
    for place in np.random.default_rng(3).permutation(len(every)):
        if time.monotonic() > end:
            break
        if asked.known and not kept.knows(every[place]):
            continue
        judged.append((int(place), judge(every[place], kept)))
    text = table([each for _, each in sorted(judged, key=lambda pair: pair[0])])
    print(text)
    if asked.table:
        page = asked.table.read_text(encoding="utf-8")
        before, _, rest = page.partition(BEGIN)
        asked.table.write_text(f"{before}{BEGIN}\n{text}\n{END}{rest.partition(END)[2]}", encoding="utf-8")


if __name__ == "__main__":
    main()
