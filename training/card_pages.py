"""The page of a model's card, for people: its measured results as Markdown tables."""

from typing import Any

from overread.tools._growth import growing_of
from overread.tools._places import LEAST_HIT, LEAST_SIDE
from overread.tools._places import placing_of as placing_in
from training.grounding_eval import BOX_HIT
from training.silence import silenced

_FOLDS = "Folds: three, by patient, from a hash fixed before training"
_NUMBERS = "Phantoms: by number, 70/10/20."
_TWO_TEACH = f"{_FOLDS}; two teach, the third tests. {_NUMBERS}"
SPLITS = {
    "segmenter": "Splits: by patient, 70/10/20, from a hash fixed before training.",
    "classifier": f"{_FOLDS}. {_NUMBERS}",
    "clip": _TWO_TEACH,
    "vlm": _TWO_TEACH,
}


def readme(card: dict[str, Any], figures: list[str]) -> str:
    """Give the card as Markdown."""
    lines = [
        f"# {card['name']}",
        "",
        card["intended_use"],
        "",
        f"**Architecture.** {card['architecture']}",
        "",
        card["choices"],
        "",
    ]
    lines += [
        "Written by `python -m training.evaluate` from the measured results. Intervals are 95 % bootstrap over "
        + ("patients." if card["name"] == "classifier" else "films."),
        "",
        f"**Arithmetic.** {card['arithmetic']}",
        "",
        *_worst_films(card["results"].get("worst real films", [])),
        "## Figures on held-out data",
        "",
    ]
    lines += {"segmenter": _segmenter, "classifier": _classifier, "clip": _clip, "vlm": _vlm}[card["name"]](
        card["results"]
    )
    lines += _placing(card.get("placing", {}))
    lines += _growth(card.get("growth", {}))
    lines += [f"![{name}]({name})" for name in figures]
    lines += ["", "## Known failures", ""] + [f"- {text}" for text in card["failures"]]
    lines += ["", "## Training data", "", "| source | licence | films | credit |", "|---|---|---|---|"]
    lines += [f"| {d['source']} | {d['licence']} | {d.get('films', '')} | {d['credit']} |" for d in card["data"]]
    lines += [
        "",
        "No non-commercial, share-alike or no-derivatives item was trained on. " + SPLITS[card["name"]],
        "",
    ]
    lines += ["## Files", ""] + [f"- `{name}` sha256 `{digest[:16]}…`" for name, digest in card["digests"].items()]
    return "\n".join(lines) + "\n"


def _worst_films(found: list[dict[str, Any]]) -> list[str]:
    """Show the real films that were got most wrong, in words: the pictures are not ours to pass on."""
    if not found:
        return []
    rows = [f"| {item['view']} | {item['truth']} | {item['said']} |" for item in found]
    return [
        "## Real films that it got most wrong",
        "",
        "By nested cross-validation, of all NIH films that count; what NIH states is mined from reports.",
        "",
        "| view | NIH states | said, with its probability |",
        "|---|---|---|",
        *rows,
        "",
    ]


def shown(figure: dict[str, Any] | None) -> str:
    """Write 'value (low to high; n)'."""
    if not figure or figure.get("value") is None:
        return "–"
    count = f"n {figure['n']}" if "n" in figure else f"{figure['positive']} + / {figure['negative']} −"
    return f"{figure['value']:.3f} ({figure['low']:.3f} to {figure['high']:.3f}; {count})"


def _segmenter(results: dict[str, Any]) -> list[str]:
    lines = [
        "| source | lungs, Dice | worst film | heart, Dice | cardiothoracic ratio, abs. error | sides swapped |",
        "|---|---|---|---|---|---|",
    ]
    for source, item in results["by_source"].items():
        worst = item["lungs"].get("worst")
        lines.append(
            f"| {source} | {shown(item['lungs'])} | {worst if worst is not None else '–'} | {shown(item['heart'])} | "
            f"{shown(item['cardiothoracic ratio error'])} | {item['sides swapped']} |"
        )
    lines += ["", f"All real test films of shipped licence: lungs {shown(results['real films, shipped licence'])}.", ""]
    return [
        *lines,
        f"Mask quality score: mean absolute error of the expected Dice {shown(results['quality error'])}.",
        "",
    ]


def _classifier(results: dict[str, Any]) -> list[str]:
    rivals = results["rivals"]
    lines = [
        f"| label | taught by | NIH AUROC | {' | '.join(rivals)} | paediatric AUROC | phantom AUROC "
        "| calibration error, NIH |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for name, item in results["labels"].items():
        cells = [shown(item["auroc"].get("nih-cxr14"))]
        cells += [shown(areas.get(name)) for areas in rivals.values()]
        cells += [shown(item["auroc"].get(source)) for source in ("kermany", "phantom")]
        lines.append(f"| {name} | {item['taught_by']} | {' | '.join(cells)} | {item['ece'].get('nih-cxr14', '–')} |")
    lines += ["", *_false_positives(results["false positives"]), ""]
    for title, found in (
        ("of one view only", results["within view"]),
        ("by how films were chosen", results["within way in"]),
    ):
        lines += [f"| within NIH, {title} | {' | '.join(found)} |", "|---|" + "---|" * len(found)]
        for name in dict.fromkeys(name for column in found.values() for name in column):
            lines.append(f"| {name} | {' | '.join(shown(column.get(name)) for column in found.values())} |")
        lines.append("")
    lines += ["| summary | value |", "|---|---|"]
    lines += [
        f"| {name} | {_with_interval(value) if isinstance(value, dict) else value} |"
        for name, value in results["macro"].items()
    ]
    return [*lines, ""]


def _growth(found: dict[str, Any]) -> list[str]:
    """Show how often the course of a finding between two pictures was told right, and of which labels it is told."""
    if not found:
        return []
    lines = [
        "How much larger a label is seen than in an earlier picture (`python -m training.growth_eval`): the share of "
        "phantom pairs, called in both pictures, of which it was told right that the finding grew, stayed or shrank. "
        "By the sum of the label's map, or by the cardiothoracic ratio; larger by the factor is increased. On films "
        "nobody measured a size, and no course is told.",
        "",
        "| label | by | factor | right (95 %) | pairs | told |",
        "|---|---|---|---|---|---|",
    ]
    for name, growth in found.items():
        figure, growing = growth["phantom"], growing_of({"growth": growth})
        share = f"{figure['right']:.2f} ({figure['low']:.2f}–{figure['high']:.2f})"
        told = "yes" if growing and growing.on_phantoms else "no"
        lines.append(f"| {name} | {growth['by']} | {growth['cut']} | {share} | {figure['count']} | {told} |")
    return [*lines, ""]


def _placing(found: dict[str, Any]) -> list[str]:
    """Show how often the highest place of a label's map lies in the finding, and on which studies a place is given."""
    if not found:
        return []
    lines = [
        "Where a label is seen: the share of called images whose highest place lies within 15 of 512 pixels of the "
        "finding (`python -m training.places_eval`); in brackets the interval over patients, the middle of a lung in "
        "its place, and the images. Overlap: intersection over union of the region's box and the finding's; in "
        "brackets how often one region could be told. Side: share right of those told; in brackets how many were. "
        "On films a place was told by one network of three. A place is given where the hits are surely above the "
        f"middle of a lung, at least {LEAST_HIT:.0%} of them, and at least {LEAST_SIDE:.0%} of the sides are right.",
        "",
        "| label | by | study | hit | overlap | side | given |",
        "|---|---|---|---|---|---|---|",
    ]
    for name, placing in found.items():
        told = placing_in({"placing": placing})
        for kind in ("phantom", "film"):
            if figure := placing.get(kind):
                holds = told is not None and told.hit(synthetic=kind == "phantom") is not None
                lines.append(_placed(f"{name} | {placing['by']} | {kind}", figure, "yes" if holds else "no"))
                lines += [
                    _placed(f"{name}, {size} | {placing['by']} | {kind}", part, "–")
                    for size, part in figure.get("sizes", {}).items()
                ]
    return [*lines, ""]


def _placed(what: str, figure: dict[str, Any], given: str) -> str:
    side = "–" if figure["side"] is None else f"{figure['side']:.2f} ({figure['sides']})"
    overlap = "–" if figure["iou"] is None else f"{figure['iou']:.2f} ({figure['given']:.0%})"
    interval = f"{figure['low']:.2f} to {figure['high']:.2f}; {figure['baseline']:.2f}; n {figure['count']}"
    return f"| {what} | {figure['hit']:.2f} ({interval}) | {overlap} | {side} | {given} |"


def _with_interval(figure: dict[str, Any]) -> str:
    return f"{figure['value']:.3f} ({figure['low']:.3f} to {figure['high']:.3f}; {figure['n']} labels)"


def _false_positives(found: dict[str, Any]) -> list[str]:
    """Show what heads that only phantoms taught make of real films without a finding."""
    lines = [
        "| taught by phantoms only | called on normal NIH films (interval over films) | on real films |",
        "|---|---|---|",
    ]
    for name, figure in found.items():
        state = "silent" if silenced(figure) else "speaks, unmeasured"
        share = f"{figure['value']:.1%} ({figure['low']:.1%} to {figure['high']:.1%}; n {figure['n']})"
        lines.append(f"| {name} | {share} | {state} |")
    return lines


def _macro_lines(macro: dict[str, Any]) -> list[str]:
    return [
        f"| {name} | {value['value'] if isinstance(value, dict) else value} |"
        for name, value in macro.items()
        if not isinstance(value, dict) or value["value"] is not None
    ]


def _clip(results: dict[str, Any]) -> list[str]:
    lines = [
        "| label | taught by | NIH AUROC | NIH 64 px AUROC | paediatric AUROC | phantom AUROC "
        "| zero-shot NIH | zero-shot phantom |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for name, item in results["labels"].items():
        zero = results["zero_shot"].get(name, {})
        cells = [shown(item["auroc"].get(source)) for source in ("nih-cxr14", "nih-cxr14-64px", "kermany", "phantom")]
        lines.append(
            f"| {name} | {item['taught_by']} | {' | '.join(cells)} "
            f"| {shown(zero.get('nih-cxr14'))} | {shown(zero.get('phantom'))} |"
        )
    lines += ["", "| summary | value |", "|---|---|"]
    lines += _macro_lines(results["macro"])
    lines += [f"| source read off the embedding by a linear probe | {shown(results['source_probe'])} |"]
    lines += [f"| view, {source} | {shown(value)} |" for source, value in results["view"].items()]
    lines += [f"| body part, {name} | {shown(value)} |" for name, value in results["body part"].items()]
    lines += [f"| out of scope AUROC, {kind} | {shown(value)} |" for kind, value in results["scope"]["auroc"].items()]
    lines += [f"| in-scope films refused | {shown(results['scope']['refused in scope'])} |"]
    lines += [
        f"| retrieval {key} | {shown(value) if isinstance(value, dict) else value} |"
        for key, value in results["retrieval"].items()
    ]
    lines += ["", *_false_positives(results.get("false positives", {}))]
    return [*lines, "", *_transfer(results["transfer"]), ""]


def _transfer(found: dict[str, Any]) -> list[str]:
    """Show the gap between phantoms and real films: AUROC of heads by what taught them."""
    lines = [
        "| heads taught by → tried on | phantoms → NIH | real → NIH | both → NIH | real → phantoms | both → phantoms |",
        "|---|---|---|---|---|---|",
    ]
    ways = (
        ("phantoms", "nih-cxr14"),
        ("real films", "nih-cxr14"),
        ("both", "nih-cxr14"),
        ("real films", "phantom"),
        ("both", "phantom"),
    )
    for name, rows in found.items():
        lines.append(f"| {name} | {' | '.join(shown(rows[taught][tried]) for taught, tried in ways)} |")
    return lines


def _vlm(results: dict[str, Any]) -> list[str]:
    lines = [
        "| reports | films | valid JSON | macro label F1 | always 'present' | margin over that | side accuracy |",
        "|---|---|---|---|---|---|---|",
    ]
    for source, item in results["report"].items():
        lines.append(
            f"| {source} | {item['films']} | {item['valid json']} | {shown(item['macro f1'])} "
            f"| {item['macro f1 of always present']} | {shown(item['margin over always present'])} "
            f"| {shown(item['side accuracy'])} |"
        )
    lines += ["", "| questions | kind | accuracy |", "|---|---|---|"]
    for source, kinds in results["vqa"].items():
        lines += [
            f"| {source} | {kind} | {shown(value) if isinstance(value, dict) else value} |"
            for kind, value in kinds.items()
        ]
    lines += ["", f"| box of | overlap at least {BOX_HIT}, phantoms | same, shuffled images |", "|---|---|---|"]
    boxes = results["grounding"]
    lines += [
        f"| {label} | {shown(figure)} | {shown(boxes['phantom, shuffled images'].get(label))} |"
        for label, figure in boxes["phantom"].items()
    ]
    lines += ["", "| label | report F1, phantoms | report F1, NIH |", "|---|---|---|"]
    phantom, nih = results["report"]["phantom"]["labels"], results["report"]["nih-cxr14"]["labels"]
    lines += [
        f"| {name} | {phantom.get(name, {}).get('f1', '–')} | {nih.get(name, {}).get('f1', '–')} |"
        for name in sorted(phantom.keys() | nih.keys())
    ]
    return [*lines, ""]
