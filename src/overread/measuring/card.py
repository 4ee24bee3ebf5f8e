"""The card of what was measured here, as data for the tools and as a page for people; no film or patient is named."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from overread._version import __version__
from overread.errors import ModelRefused
from overread.measuring.films import Films
from overread.measuring.looking import Results
from overread.store.files import write_whole

MAKER = "overread models measure"


def card_of(
    name: str, results: Results, films: Films, refused: Mapping[str, int], rows: Mapping[str, Any]
) -> dict[str, Any]:
    """Compose the card: whose weights, on what, and every figure; `rows` says which rows of the table were taken."""
    tables = results.tables
    return {
        "schema": 1,
        "name": name,
        "made_by": MAKER,
        "program": __version__,
        "measured": datetime.now(UTC).isoformat(timespec="seconds"),
        "backend": results.model.backend,
        "weights_digest": results.model.weights_digest,
        "data": {
            "digest": data_digest(films),
            "films": len(films.films),
            "read": results.shown,
            "patients": films.patients if films.patients_known else None,
            "not_read": dict(sorted(refused.items())),
            "left_out": dict(sorted(films.left_out.items())),
            "rows": dict(rows),
        },
        "trust": tables.trust,
        "figures": tables.figures,
        "calibration": tables.calibration,
        "prompts": results.prompts,
        "masks": results.masks,
        "not_measured": tables.not_measured,
    }


def data_digest(films: Films) -> str:
    """Name films and labels by their content: SHA-256, 64 hex digits; neither names nor order change it."""
    lines = []
    for film in films.films:
        with film.path.open("rb") as stream:
            pixels = hashlib.file_digest(stream, "sha256").hexdigest()
        lines.append(f"{pixels} {json.dumps(dict(film.labels), sort_keys=True)}")
    return hashlib.sha256("\n".join(sorted(lines)).encode()).hexdigest()


def write_card(card: Mapping[str, Any], folder: Path) -> tuple[Path, Path]:
    """Write card.json and README.md into a folder, each whole; give their paths."""
    page, data = folder / "README.md", folder / "card.json"
    write_whole(page, page_of(card).encode())
    write_whole(data, (json.dumps(card, indent=1, allow_nan=False) + "\n").encode())
    return data, page


def write_beside(card: Mapping[str, Any], weights_folder: Path) -> Path:
    """Write card.json beside the weights as well; the page there is the publisher's and stays.

    Raises `ModelRefused` where a card of somebody else lies there, or the folder cannot be written.
    """
    path = weights_folder / "card.json"
    try:
        theirs = path.exists() and json.loads(path.read_text(encoding="utf-8")).get("made_by") != MAKER
    except (OSError, ValueError, AttributeError):
        theirs = True
    if theirs or path.is_symlink():
        raise ModelRefused("the card beside the weights is somebody else's and stays; leave --beside out")
    try:
        write_whole(path, (json.dumps(card, indent=1, allow_nan=False) + "\n").encode())
    except OSError as error:
        raise ModelRefused(
            f"the folder of the weights cannot be written ({error.strerror}); leave --beside out"
        ) from None
    return path


def page_of(card: Mapping[str, Any]) -> str:
    """Say in Markdown what was measured, on how many films, and what was not."""
    return "\n".join([*_head(card), *_labels(card), *_masks(card), *_not_measured(card)]) + "\n"


def _head(card: Mapping[str, Any]) -> Iterator[str]:
    data = card["data"]
    patients = (
        f"of {data['patients']} patients" if data["patients"] else "without patient identifiers, each its own patient"
    )
    yield f"# {card['name']}, measured here"
    yield ""
    yield f"By `{MAKER}` (Overread {card['program']}) on {card['measured'][:10]}, backend {card['backend']}."
    yield f"Weights {card['weights_digest']}: for other weights nothing here holds."
    yield f"{data['read']} of {data['films']} films were read, {patients}; data digest {data['digest']}."
    for what in ("not_read", "left_out"):
        if data[what]:
            yield (
                f"{what.replace('_', ' ').capitalize()}: "
                + ", ".join(f"{n} {why}" for why, n in data[what].items())
                + "."
            )
    yield ""
    yield "Research use. Not a medical device. The figures say nothing of films of another kind or place. Decisions and"
    yield "calibration error are out of fold, no patient in two folds; intervals are 95 % bootstrap over patients."
    yield ""


def _labels(card: Mapping[str, Any]) -> Iterator[str]:
    if not card["trust"]:
        return
    yield "| as | label | balanced accuracy | sensitivity | specificity | AUROC | calibration error | + / − |"
    yield "| --- | --- | --- | --- | --- | --- | --- | --- |"
    for voter, labels in card["trust"].items():
        for label, entry in labels.items():
            more = card["figures"][voter][label]
            cells = (
                voter,
                label,
                _interval(more["balanced_accuracy"]),
                f"{entry['sensitivity']:.2f}",
                f"{entry['specificity']:.2f}",
                _interval(more["auroc"]) if "auroc" in more else "–",
                f"{more['calibration_error']:.3f}" if "calibration_error" in more else "–",
                f"{entry['positive']} / {entry['negative']}",
            )
            yield f"| {' | '.join(cells)} |"
    yield ""


def _masks(card: Mapping[str, Any]) -> Iterator[str]:
    if card["masks"]:
        yield "| structure | Dice | worst | films |"
        yield "| --- | --- | --- | --- |"
        for structure, entry in card["masks"].items():
            yield f"| {structure} | {_interval(entry)} | {entry['worst']:.2f} | {entry['n']} |"
        yield ""


def _not_measured(card: Mapping[str, Any]) -> Iterator[str]:
    for voter, labels in card["not_measured"].items():
        told = ", ".join(f"{label} ({entry['positive']} / {entry['negative']})" for label, entry in labels.items())
        yield f"Not measured as {voter}, fewer than ten positives or negatives, or one patient's: {told}."


def _interval(entry: Mapping[str, float]) -> str:
    return f"{entry['value']:.2f} ({entry['low']:.2f} to {entry['high']:.2f})"
