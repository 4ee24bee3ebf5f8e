"""Print the table of docs/evals.md that says which scenario notices that a part of the agent is gone.

    python scripts/mutation_table.py

Runs what `evals/mutations/killers.yaml` names, two minutes on two idle cores; `overread eval all --mutate` tries every
part on every scenario.
"""

import re
import tempfile
from collections.abc import Iterator
from pathlib import Path

import yaml
from tqdm import tqdm

from overread.composition import build_tools
from overread.evals._scenario import load_scenario
from overread.evals.mutations.run import Bench, mutate, mutations
from overread.evals.runner import scenarios
from overread.settings import load_profile, load_settings

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "evals.md"
SPOILED = ("25_comparison_without_prior", "03_large_pneumothorax")
"""Scenarios with a stated finding, in which a sentence is composed wrong."""


def main() -> None:
    """Run, and put the table where the page has it."""
    text = PAGE.read_text(encoding="utf-8")
    with tempfile.TemporaryDirectory() as folder:
        table = "\n".join(_lines(Path(folder)))
    begin, end = "<!-- mutations: begin -->", "<!-- mutations: end -->"
    made = re.sub(f"{begin}.*?{end}", lambda _: f"{begin}\n{table}\n{end}", text, flags=re.DOTALL)
    PAGE.write_text(made, encoding="utf-8")


def _lines(folder: Path) -> Iterator[str]:
    settings = load_settings(home=folder, profile="embedded")
    bench = Bench(settings, build_tools(load_profile("embedded", settings), settings))
    killers = yaml.safe_load((ROOT / "evals" / "mutations" / "killers.yaml").read_text(encoding="utf-8"))
    yield "| without | then | this scenario fails | why |"
    yield "| --- | --- | --- | --- |"
    for mutation in tqdm(mutations(list(killers)), desc="parts"):
        name = killers[mutation.name]
        why = bench.noticed(load_scenario(ROOT / "evals" / "suites" / f"{name}.yaml"), mutation)
        yield f"| {mutation.name} | {mutation.what} | `{name}` | {_short(why)} |"
    yield ""
    yield "| a sentence composed wrong | reaches the reviewer | without the verifier |"
    yield "| --- | --- | --- |"
    chosen = [one.model_copy(update={"variants": (), "k": 1}) for one in scenarios("scenarios") if one.name in SPOILED]
    for row in mutate({"scenarios": chosen}, settings, mutations(["verifier"])).composer:
        yield f"| {row.fault} | {row.reached} of {row.made} | {row.reached_without_verifier} of {row.made} |"


def _short(why: str | None) -> str:
    words = " ".join((why or "**nothing**").split()).replace("|", "\\|")
    return words if len(words) <= 110 else f"{words[:107]}…"


if __name__ == "__main__":
    main()
