"""The page of a card that was measured here, in Markdown."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

COLUMNS = (
    "as",
    "label",
    "balanced accuracy",
    "sensitivity",
    "specificity",
    "PPV",
    "NPV",
    "AUROC",
    "calibration error",
    "+ / −",
)


def page_of(card: Mapping[str, Any], plots: Sequence[str] = ()) -> str:
    """Say in Markdown what was measured, on how many films, and what was not; `plots` are files beside it."""
    parts = (*_head(card), *_labels(card), *_masks(card), *_not_measured(card), *_plots(plots))
    return "\n".join(parts) + "\n"


def _head(card: Mapping[str, Any]) -> Iterator[str]:
    data = card["data"]
    patients = (
        f"of {data['patients']} patients" if data["patients"] else "without patient identifiers, each its own patient"
    )
    yield f"# {card['name']}, measured here"
    yield ""
    yield f"By `{card['made_by']}` (Overread {card['program']}) on {card['measured'][:10]}, backend {card['backend']}."
    yield f"Weights {card['weights_digest']}: for other weights nothing here holds."
    if "sites" in data:
        yield f"{data['films']} films of {data['sites']} sites, by their counts of scores alone{_private(data)};"
        yield f"data digest {data['digest']}."
    else:
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


def _private(data: Mapping[str, Any]) -> str:
    if told := data.get("privacy"):
        return (
            f", masked, with noise: epsilon {told['epsilon']:g} at delta {told['delta']:g} in {told['rounds']} rounds, "
            f"for {told['unit']}; it covers {told['covers']}"
        )
    noise = [value for value in data["epsilon"] if value is not None]
    told = f", with noise (epsilon {', '.join(f'{value:g}' for value in noise)}: {len(noise)} of them)" if noise else ""
    return told + (", masked" if data["masked"] else "")


def _labels(card: Mapping[str, Any]) -> Iterator[str]:
    if not card["trust"]:
        return
    yield "PPV and NPV are what a positive and a negative are worth at the prevalence of these films."
    yield ""
    yield f"| {' | '.join(COLUMNS)} |"
    yield f"| {' | '.join('---' for _ in COLUMNS)} |"
    for voter, labels in card["trust"].items():
        for label, entry in labels.items():
            more = card["figures"][voter][label]
            cells = (
                voter,
                label,
                _interval(more["balanced_accuracy"]),
                f"{entry['sensitivity']:.2f}",
                f"{entry['specificity']:.2f}",
                share(more["positive_predictive_value"]),
                share(more["negative_predictive_value"]),
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
            prompted = f", prompted by {entry['prompt']}" if "prompt" in entry else ""
            yield f"| {structure}{prompted} | {_interval(entry)} | {entry['worst']:.2f} | {entry['n']} |"
        yield ""


def _not_measured(card: Mapping[str, Any]) -> Iterator[str]:
    for voter, labels in card["not_measured"].items():
        told = ", ".join(f"{label} ({entry['positive']} / {entry['negative']})" for label, entry in labels.items())
        yield f"Not measured as {voter}, fewer than ten positives or negatives, or one patient's: {told}."


def _plots(plots: Sequence[str]) -> Iterator[str]:
    for name in plots:
        yield f"\n![{name.removesuffix('.png').replace('_', ' ')}]({name})"


def share(value: float | None) -> str:
    """Write a share with two digits, a dash for none."""
    return "–" if value is None else f"{value:.2f}"


def _interval(entry: Mapping[str, float]) -> str:
    return f"{entry['value']:.2f} ({entry['low']:.2f} to {entry['high']:.2f})"
