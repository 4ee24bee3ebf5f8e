"""How often a profile's VQA model answers the same when the same is asked otherwise, on phantoms, label by label.

    python scripts/answer_consistency.py --phantoms 30 [--profile embedded] [--negation literal]

Counts the answers that hold (`overread.reasoning.consistency`), and of both kinds how many are wrong.
"""

import argparse
from collections import Counter

from overread.composition import build_tools
from overread.ports import Tool
from overread.reasoning.consistency import inconsistent
from overread.reasoning.questions import Negation, ask_about, probes_of
from overread.records import Answer, Question
from overread.settings import load_profile, load_settings
from overread.testing.doubles import make_work
from overread.testing.phantoms import Phantom, render, sample_recipe, to_display

FIRST = 7_000_001
"""Number of the first phantom; those that models were taught and measured on have smaller ones."""


def judged(tool: Tool, phantom: Phantom, negation: Negation) -> Counter[tuple[str, str]]:
    """Ask about every label that the model was measured for, with its probes, and count answers by steady and right."""
    labels = [label for label in tool.card.labels if label in phantom.truth.labels and label != "No Finding"]
    asked: dict[str, Question] = {}
    for label in labels:
        base = ask_about(label)
        asked[base.text] = base
        asked |= {probe.question.text: probe.question for probe in probes_of(base, negation)}
    evidence = tool.run(make_work(to_display(phantom), questions=tuple(asked.values())))
    unsteady = inconsistent(evidence)
    found: Counter[tuple[str, str]] = Counter()
    for item in evidence:
        answer = item.payload
        if isinstance(answer, Answer) and answer.label is not None and answer.status in ("present", "absent"):
            right = (answer.status == "present") == bool(phantom.truth.labels[answer.label])
            found["unsteady" if item.id in unsteady else "steady", "right" if right else "wrong"] += 1
    return found


def main() -> None:
    """Draw, ask, count and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--phantoms", type=int, default=30)
    parser.add_argument("--profile", default="embedded")
    parser.add_argument("--negation", choices=("normal", "literal"), default="normal")
    options = parser.parse_args()
    settings = load_settings()
    tool = build_tools(load_profile(options.profile, settings), settings)["vqa"]
    counted: Counter[tuple[str, str]] = Counter()
    for number in range(FIRST, FIRST + options.phantoms):
        counted += judged(tool, render(sample_recipe(number, view="PA")), options.negation)
    for kind in ("steady", "unsteady"):
        right, wrong = counted[kind, "right"], counted[kind, "wrong"]
        print(f"{kind:9} {right + wrong:5} answers, {wrong} of them wrong")


if __name__ == "__main__":
    main()
