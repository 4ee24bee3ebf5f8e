"""Measure side markers (`overread.pixel_text.side_markers`): how many are read, and whether a mirrored film is told.

    python -m training.side_markers

Films of adults and children from three sources, each as it is and mirrored, 512 to 1024 pixels a side. Which of them
show an L or an R was looked at by eye, once; none shows one on the wrong side.
"""

import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import replace
from typing import NamedTuple

import numpy as np
from PIL import Image
from tqdm import tqdm

from overread.evals._intervals import wilson
from overread.ports import EvidenceIndex, Picture
from overread.records import Lettering
from overread.rules import side_marker
from overread.settings import Settings
from overread.testing.doubles import make_case, make_study, make_work
from overread.testing.doubles.parts import make_parts
from overread.tools import lettering
from training.data import manifest
from training.paths import data_root

DRAWN = {"nih-cxr14": (50, 20), "covid-chestxray": (40, 14), "hannover": (20, 6)}
"""Source to how many are drawn, and how many of these are looked at."""
LEAST_WIDTH = 400
SEED = 19
VIEWS = ("PA", "AP", "AP supine", "AP Supine")
UNMARKED = frozenset(
    (
        *("nih96298ddb53", "cov7c8772fe21", "cov8d84bfc6db", "cov18e472fff3", "cov035316f326", "cov8eb499da8e"),
        *("cov2369b726d2", "cov09ee35b6f3", "han80a6c18be1"),
    )
)
"""Films of the draw on which no L or R is to be seen, or only a part of one."""


class Film(NamedTuple):
    """A film of the draw, and whether a letter of a side is to be seen on it."""

    source: str
    picture: Picture
    marked: bool


class Seen(NamedTuple):
    """What the tool and the rule say of one picture."""

    markers: int
    text: int
    told: bool


def films() -> Iterator[Film]:
    """Give the films, drawn once."""
    draw = np.random.default_rng(SEED)
    for source, (drawn, kept) in DRAWN.items():
        rows = [row for row in manifest() if row.source == source and int(row.fields["width"]) >= LEAST_WIDTH]
        rows = [row for row in rows if row.fields["view"] in VIEWS]
        for place in draw.choice(len(rows), drawn, replace=False)[:kept]:
            fields = rows[place].fields
            picture = np.asarray(Image.open(data_root() / "cxr" / fields["path"]).convert("L"))
            yield Film(source, picture, fields["id"] not in UNMARKED)


def look(picture: Picture) -> Seen:
    """Run the tool, and the rule over what it gives."""
    study = make_study(pictures=(picture,))
    evidence = TOOL.run(replace(make_work(picture), study=study, image=study.images[0]))
    told = list(RULE.check(make_case(study), (), EvidenceIndex(evidence)))
    sides = [item.payload.side for item in evidence if isinstance(item.payload, Lettering)]
    return Seen(len(sides) - sides.count(None), sides.count(None), bool(told))


TOOL = lettering.build(make_parts())
RULE = side_marker.build(Settings())


def main() -> None:
    """Print for each source how many markers are read, and how many films are told, as they are and mirrored."""
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    seconds: list[float] = []
    for film in tqdm(list(films())):
        began = time.process_time()
        here = look(film.picture)
        seconds.append(time.process_time() - began)
        there = look(np.ascontiguousarray(film.picture[:, ::-1]))
        facts = {"films": True, "marked": film.marked, "read": here.markers > 0 and film.marked, "text": here.text > 0}
        facts |= {"read without one": here.markers > 0 and not film.marked, "told": here.told}
        facts |= {
            "told mirrored": there.told and film.marked,
            "told mirrored without one": there.told and not film.marked,
        }
        for name in (film.source, "all"):
            counts[name].update(name for name, holds in facts.items() if holds)
    for name, found in counts.items():
        print(name, ", ".join(f"{fact} {count}" for fact, count in found.items()))
    every = counts["all"]
    for fact, of in (("read", "marked"), ("told mirrored", "marked"), ("told", "films")):
        low, high = wilson(every[fact], every[of])
        print(f"{fact}: {every[fact]} of {every[of]} {of} ({low:.2f} to {high:.2f})")
    print(f"processor seconds a film: median {np.median(seconds):.2f}, most {max(seconds):.2f}")


if __name__ == "__main__":
    main()
