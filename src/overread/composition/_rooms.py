"""Reading rooms, opened and closed."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

from overread.allocating import give_back_freed, keep_freed
from overread.checkpoints import open_checkpoints
from overread.composition._services import services_for
from overread.composition._tools import ToolsOf
from overread.graphs import case as case_graph
from overread.observing.events import Observer, Observers
from overread.observing.metrics import Metrics
from overread.observing.opening import open_observers
from overread.ports import (
    Tool,
)
from overread.reading_room import ReadingRoom
from overread.records import Trust
from overread.settings import Settings, load_profile
from overread.store.home import Home, open_home
from overread.tracing import trace_nothing

SMALL, LARGE = "onnx", "transformers"
"""The backend of small machines: where it plays, memory counts."""


@contextmanager
def open_room(
    settings: Settings,
    tools: dict[str, Tool] | ToolsOf | None = None,
    trust: Trust | None = None,
    folder: Path | None = None,
    metrics: Metrics | None = None,
    watching: Sequence[Observer] = (),
) -> Iterator[ReadingRoom]:
    """Open the reading room of the embedded store, or of a `folder` of its own, and close its files at the end.

    Who is told of its work is what the settings say, `metrics` and those `watching`; of a room in a folder of its own
    only the latter.
    """
    trace_nothing()
    with ExitStack() as stack:
        home = stack.enter_context(closing(Home(folder) if folder else open_home(settings)))
        graph = stack.enter_context(open_graph(home))
        opened = open_observers(settings, home, metrics, watching)
        observers = Observers(tuple(watching)) if folder else stack.enter_context(opened)
        profile = load_profile(settings.profile, settings)
        _allocate({spec.backend for spec in profile.roles.values()})
        services = services_for(settings, home, profile, tools, trust, observers)
        yield ReadingRoom(graph, services, home)


def _allocate(backends: set[str]) -> None:
    if SMALL in backends:
        give_back_freed()
    elif LARGE in backends:
        keep_freed()


@contextmanager
def open_graph(home: Home) -> Iterator[case_graph.CaseGraph]:
    """Open the graph over the checkpoints of a home, without any model or tool."""
    with open_checkpoints(home) as saver:
        yield case_graph.build(saver)
