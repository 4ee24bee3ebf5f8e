"""Make a page on which a reader rates reports, blinded: who wrote which is in a key beside it, not in the page."""

import hashlib
import json
import random
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from jinja2 import Environment, PackageLoader, StrictUndefined
from pydantic import BaseModel, ConfigDict, ValidationError

from overread.errors import UsageError
from overread.evals._report_errors import ERRORS, WEIGHTS
from overread.evals.metrics._result import ScoredPair, ScoreResult

FORM, KEY = "form.html", "key.json"
Letter = Literal["A", "B"]


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Item(_Frozen):
    """What an item of the page is, and which system wrote each of its reports."""

    number: int
    id: str
    cluster: str
    systems: dict[Letter, str]
    """Letter on the page to the system."""


class Key(_Frozen):
    """What opens the blinding; the readers must not have it."""

    form: str
    """Digest of what the page shows; each answer names it."""
    seed: int
    systems: tuple[str, ...]
    items: tuple[Item, ...]


class Shown(_Frozen):
    """An item as the page shows it."""

    number: int
    reference: str
    reports: dict[Letter, str]


def read_results(path: Path) -> ScoreResult:
    """Read the `results.json` of `overread score`; raises `UsageError` for anything else."""
    try:
        return ScoreResult.model_validate_json(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, ValidationError):
        raise UsageError(f"{path.name} is no results.json of overread score") from None


def make_form(results: Sequence[tuple[str, ScoreResult]], out: Path, seed: int = 0, limit: int | None = None) -> Key:
    """Write `form.html` and `key.json` of one system, or of two that are compared report by report.

    Items are shuffled, and which report is A is drawn for each. Raises `UsageError` where two systems share no report.
    """
    texts = [{pair.id: pair for pair in result.pairs if pair.kind == "text"} for _, result in results]
    names = tuple(name for name, _ in results)
    if len(set(names)) != len(names):
        raise UsageError("the two systems have one name; name them with --name")
    draw = random.Random(seed)
    shared = _shared(texts)
    draw.shuffle(shared)
    items, shown = [], []
    for number, identity in enumerate(shared[:limit], start=1):
        order = list(range(len(names)))
        draw.shuffle(order)
        pairs = [texts[place][identity] for place in order]
        letters: list[Letter] = ["A", "B"]
        systems = {letter: names[place] for letter, place in zip(letters, order, strict=False)}
        reports = {letter: pair.candidate or "" for letter, pair in zip(letters, pairs, strict=False)}
        items.append(Item(number=number, id=identity, cluster=pairs[0].cluster, systems=systems))
        shown.append(Shown(number=number, reference=pairs[0].reference or "", reports=reports))
    key = Key(form=_digest(shown), seed=seed, systems=names, items=tuple(items))
    _write(key, shown, out)
    return key


def _shared(texts: Sequence[dict[str, ScoredPair]]) -> list[str]:
    first, *others = texts
    shared = [identity for identity in sorted(first) if all(identity in other for other in others)]
    if not shared:
        raise UsageError("there is no report to rate: the results share no pair of texts")
    for identity in shared:
        if len({table[identity].reference for table in texts}) != 1:
            raise UsageError(f"the references of '{identity}' differ; score both systems against the same file")
    return shared


def _digest(shown: Sequence[Shown]) -> str:
    content = json.dumps([item.model_dump() for item in shown], sort_keys=True)
    return hashlib.sha256(content.encode()).hexdigest()[:16]


def _write(key: Key, shown: Sequence[Shown], out: Path) -> None:
    out.mkdir(parents=True, exist_ok=True)
    pages = Environment(loader=PackageLoader("overread.evals", "templates"), autoescape=True, undefined=StrictUndefined)
    text = pages.get_template("ratings.html.jinja").render(form=key.form, items=shown, errors=ERRORS, weights=WEIGHTS)
    (out / FORM).write_text(text, encoding="utf-8")
    (out / KEY).write_text(key.model_dump_json(indent=1), encoding="utf-8")
