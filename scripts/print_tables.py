"""Print the tables of README, docs/review.md and docs/evals.md between their markers. --check only compares."""

import ast
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import typer

from overread import plugins
from overread.cli.app import build
from overread.composition import build_rules, build_tools
from overread.evals.runner import folder_of_injected, scenarios, suites
from overread.review.keys import PLACES, keys_at
from overread.settings import Settings, load_profile

ROOT = Path(__file__).parents[1]
README = ROOT / "README.md"
REVIEW = ROOT / "docs" / "review.md"
EVALS = ROOT / "docs" / "evals.md"
PROTOCOLS = ROOT / "docs" / "protocols.md"


def rows(head: tuple[str, ...], body: Sequence[tuple[str, ...]]) -> str:
    """Lay out a Markdown table; a bar within a cell is escaped."""
    lines = [head, tuple("---" for _ in head), *body]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)


def commands() -> str:
    """List every command with its first line of help, groups with their own commands."""
    listed: list[tuple[str, ...]] = []
    for name, command in typer.main.get_command(build()).commands.items():  # type: ignore[attr-defined]
        inside = getattr(command, "commands", {})
        for inner, sub in inside.items():
            listed.append((f"`overread {name} {inner}`", summary(sub)))
        if not inside:
            listed.append((f"`overread {name}`", summary(command)))
    return rows(("command", "what it does"), listed)


def summary(command: Any) -> str:
    """Give the first paragraph of a command's help in one line."""
    return str(command.help or "").strip().split("\n\n")[0].replace("\n", " ")


def tools() -> str:
    """List the tools by what each says of itself."""
    settings = Settings(profile="scripted")
    built = build_tools(load_profile("scripted", settings), settings)
    return rows(("tool", "what it sees"), [(f"`{name}`", tool.card.describe) for name, tool in sorted(built.items())])


def rules() -> str:
    """List the rules by what each says of itself."""
    built = sorted(build_rules(Settings()), key=lambda rule: rule.id)
    return rows(
        ("rule", "severity", "what it finds"), [(f"`{rule.id}`", rule.severity, rule.describe) for rule in built]
    )


def protocols() -> str:
    """List the protocols by what each says of itself."""
    settings = Settings(profile="embedded")
    profile = load_profile("embedded", settings)
    built = [plugins.builder("protocols", name)(settings, profile) for name in plugins.names("protocols")]
    head = ("protocol", "takes", "labels", "tools", "measures", "rules", "limits")
    return rows(
        head,
        [
            (
                f"`{one.name}`",
                f"{', '.join(one.modalities) or 'what is stated'}; {one.body_part}; {one.series}",
                str(len(one.labels) or "none"),
                ", ".join((*(("all of the profile",) if one.tools is None else one.tools), *one.brings)),
                ", ".join(one.measures) or "none",
                "all" if one.rules is None else ", ".join(one.rules),
                " ".join(one.limits) or "by the image: [gate](gate.md)",
            )
            for one in built
        ],
    )


def backends() -> str:
    """List the backends by the first line of their files."""
    listed = []
    for name in plugins.names("backends"):
        text = ast.get_docstring(ast.parse((ROOT / "backends" / f"{name}.py").read_text(encoding="utf-8"))) or ""
        listed.append((f"`{name}`", text.split("\n\n")[0].replace("\n", " ")))
    return rows(("backend", "what it is"), listed)


def models() -> str:
    """List the held-out figures that the cards of the embedded models hold, and nothing else."""
    listed: list[tuple[str, ...]] = []
    for path in sorted((ROOT / "models").glob("*/card.json")):
        card = json.loads(path.read_text(encoding="utf-8"))
        for tool, labels in (card.get("trust") or {}).items():
            for label, entry in labels.items():
                if entry:
                    listed.append((path.parent.name, tool, label, *figures(entry)))
    head = ("model", "as", "label", "balanced accuracy", "AUROC", "positive / negative", "measured on")
    return rows(head, listed) if listed else "The embedded models have no measured figures yet."


def masks() -> str:
    """List the Dice coefficients of the segmenter's card: structure and source by source."""
    listed: list[tuple[str, ...]] = []
    for path in sorted((ROOT / "models").glob("*/card.json")):
        sources = (json.loads(path.read_text(encoding="utf-8")).get("results") or {}).get("by_source") or {}
        for source, structures in sources.items():
            for structure in ("lungs", "heart"):
                entry = structures.get(structure) or {}
                if entry.get("value") is not None:
                    interval = f"{entry['low']:.2f} to {entry['high']:.2f}"
                    listed.append((structure, source, f"{entry['value']:.3f}", interval, str(entry["n"])))
    head = ("structure", "measured on", "Dice", "95 % interval", "images")
    return rows(head, listed) if listed else "The segmenter has no measured figures yet."


def figures(entry: dict[str, Any]) -> tuple[str, ...]:
    """Give a card entry's cells, from balanced accuracy to where it was measured; a dash for what it lacks."""

    def shown(key: str) -> str:
        value = entry.get(key)
        return "–" if value is None else f"{value:.2f}"

    counts = f"{entry.get('positive', '–')} / {entry.get('negative', '–')}"
    return shown("balanced_accuracy"), shown("auroc"), counts, str(entry.get("where", "–"))


def scorers() -> str:
    """List the scorers of scenarios by what each is about, and by the first line of its file."""
    listed = []
    for name in plugins.names("evals.scorers"):
        scorer = plugins.builder("evals.scorers", name)(Settings())
        text = ast.get_docstring(ast.parse((ROOT / "evals" / "scorers" / f"{name}.py").read_text(encoding="utf-8")))
        first = (text or "").split("\n\n")[0].replace("\n", " ").removeprefix("Safety gate: ")
        listed.append((scorer.dimension, f"`{name}`", scorer.kind, first[:1].upper() + first[1:]))
    return rows(("about", "scorer", "kind", "what it asks"), sorted(listed))


def scenario_suites() -> str:
    """List the suites of scenarios with how many each has; every one has a twin."""
    listed = [(f"`{name}`", str(len(scenarios(name)))) for name in suites() if folder_of_injected(name) is None]
    return rows(("suite", "scenarios"), listed)


def keys() -> str:
    """List the keys of the review page, place by place."""
    listed = [
        (
            words,
            " ".join(one if one == "…" else f"`{one}`" for one in key.keys) + (f" ({key.how})" * bool(key.how)),
            key.what,
        )
        for words, group in keys_at(*(place for place, _ in PLACES))
        for key in group
    ]
    return rows(("where", "key", "what it does"), listed)


TABLES = {
    README: {
        "commands": commands,
        "tools": tools,
        "rules": rules,
        "backends": backends,
        "masks": masks,
        "models": models,
    },
    REVIEW: {"keys": keys},
    PROTOCOLS: {"protocols": protocols},
    EVALS: {"suites": scenario_suites, "scorers": scorers},
}


def page_with(text: str, page: Path = README) -> str:
    """Put each table of a page between its markers."""
    for name, table in TABLES[page].items():
        begin, end = f"<!-- {name}: begin -->", f"<!-- {name}: end -->"
        before, rest = text.split(begin)
        _, after = rest.split(end)
        text = f"{before}{begin}\n{table()}\n{end}{after}"
    return text


if __name__ == "__main__":
    for page in TABLES:
        current = page.read_text(encoding="utf-8")
        printed = page_with(current, page)
        if "--check" not in sys.argv:
            page.write_text(printed, encoding="utf-8")
        elif printed != current:
            sys.exit(f"the tables of {page.name} are not current; run 'make docs'")
