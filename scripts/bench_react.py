"""Time a case beside a loop of tool calls over the same tools: what a user would pick instead.

    python scripts/bench_react.py [--cases 6] [--drawn 3]

The loop is LangGraph's own (`ToolNode`, `tools_condition`), with a script in the language model's place that costs
nothing (`overread.comparing.react`): once with one call a step, as ReAct does, and once with all calls in one step.
Both sides get a case that was taken in already. The loop's real driver, a call of a language model before each step and
at the end, comes on top of its times; the graph has none in this profile.
"""

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from bench_orchestration import SECONDS, TRUST, put, tools

from overread.admission import AdmittedCase
from overread.agents import planner
from overread.comparing import react
from overread.composition import open_room
from overread.graphs._tool_run import tool_input
from overread.reading_room import ReadingRoom
from overread.settings import load_settings
from overread.testing.phantoms import sample_recipe, write_study

FIRST = 940_000
NOT_DONE = (
    "gate, votes of several models merged, rules, a citation for each sentence and its check, alert before the end,"
)
NOT_DONE_EITHER = "overlays, store and checkpoints (a kill loses nothing), a reviewer's decision, deadlines of tools"
Way = Callable[[ReadingRoom, str], None]


def by_graph(room: ReadingRoom, case_id: str) -> None:
    """Read a case up to its review."""
    room.read(case_id)


def looping(*, at_once: bool) -> Way:
    """Give the loop over the tools of a room."""

    def read(room: ReadingRoom, case_id: str) -> None:
        case, services = room.store.case(case_id), room.services
        plan = planner.plan(case, services.tools, ())
        react.read(services.tools, tool_input(services, case, plan, plan.questions), at_once=at_once)

    return read


WAYS: dict[str, Way] = {
    "loop, a call a step": looping(at_once=False),
    "loop, all at once": looping(at_once=True),
    "graph": by_graph,
}


def timed(room: ReadingRoom, cases: Sequence[str]) -> dict[str, list[tuple[float, float]]]:
    """Read cases by each way in turn; give seconds and seconds of the processor of each."""
    took: dict[str, list[tuple[float, float]]] = {name: [] for name in WAYS}
    names = list(WAYS)
    for number, case_id in enumerate(cases):
        name = names[number % len(names)]
        began, computed = time.perf_counter(), time.process_time()
        WAYS[name](room, case_id)
        took[name].append((time.perf_counter() - began, time.process_time() - computed))
    return took


def told(title: str, took: dict[str, list[tuple[float, float]]]) -> None:
    """Print a line a way, each beside the loop with one call a step."""
    print(title)
    first = statistics.median(seconds for seconds, _ in took["loop, a call a step"])
    for name, pairs in took.items():
        seconds, computed = ([pair[place] for pair in pairs] for place in (0, 1))
        middle = statistics.median(seconds)
        spread = f"{min(seconds):.2f} to {max(seconds):.2f}"
        print(
            f"  {name:<20} {middle:6.2f} s ({spread}), {middle / first:.2f} x, "
            f"{statistics.median(computed):.2f} s of the processor"
        )


def taken(room: ReadingRoom, study: Path) -> str:
    """Take a study in and give its case id."""
    admitted = room.take_in([study])
    if not isinstance(admitted, AdmittedCase):
        raise TypeError("the phantom was refused")
    return admitted.case.case_id


def main() -> None:
    """Print both comparisons, and what the loop leaves undone."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cases", type=int, default=6, help="Of each way, with the embedded models.")
    parser.add_argument("--drawn", type=int, default=3, help="Of each way, with tools of known latency.")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        settings = load_settings(home=Path(name) / "drawn", profile="scripted")
        with open_room(settings, tools=tools(), trust=TRUST) as room:
            timed(room, [put(room, number) for number in range(len(WAYS))])
            known = ", ".join(f"{tool} {seconds:g} s" for tool, seconds in SECONDS.items())
            cases = [put(room, 100 + number) for number in range(len(WAYS) * options.drawn)]
            told(f"tools of known latency ({known})", timed(room, cases))
        with open_room(load_settings(home=Path(name) / "home")) as room:
            studies = [Path(name) / str(number) for number in range(len(WAYS) * (options.cases + 1))]
            for number, study in enumerate(studies):
                write_study(study, sample_recipe(FIRST + number, view="PA", flipped=False))
            cases = [taken(room, study) for study in studies]
            timed(room, cases[: len(WAYS)])
            told("embedded models, warm", timed(room, cases[len(WAYS) :]))
    print(f"the loop does not do: {NOT_DONE}\n                      {NOT_DONE_EITHER}")


if __name__ == "__main__":
    main()
