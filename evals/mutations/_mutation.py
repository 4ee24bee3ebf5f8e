"""What a mutation is: the agent with one part switched off, opened as the real one is."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from typing import Any

from overread.checkpoints import open_checkpoints
from overread.composition import services_for
from overread.evals._run import Run
from overread.graphs import case as case_graph
from overread.graphs._services import Services
from overread.ports import Tool
from overread.reading_room import ReadingRoom
from overread.records import Trust
from overread.settings import Settings, load_profile
from overread.store.home import open_home


def _same(services: Services) -> Services:
    return services


def always(_run: Run) -> bool:
    """Say that the part may have acted on any run."""
    return True


@dataclass(frozen=True)
class Mutation:
    """One part switched off."""

    name: str
    what: str
    """What the agent does without it, in a sentence."""
    settings: Mapping[str, Any] = field(default_factory=dict)
    nodes: Mapping[str, case_graph.Node] = field(default_factory=dict)
    """Stand-ins for nodes of the case graph."""
    services: Callable[[Services], Services] = _same
    room: type[ReadingRoom] = ReadingRoom
    concerns: Callable[[Run], bool] = always
    """Whether the part acted on a run of the whole agent: a run that it left alone ends the same without it."""

    @contextmanager
    def open(
        self, settings: Settings, tools: dict[str, Tool] | None = None, trust: Trust | None = None
    ) -> Iterator[ReadingRoom]:
        """Open the reading room without the part, as `composition.open_room` opens the whole one."""
        own = settings.model_copy(update=dict(self.settings))
        with closing(open_home(own)) as home, open_checkpoints(home) as saver:
            services = self.services(services_for(own, home, load_profile(own.profile, own), tools, trust))
            yield self.room(case_graph.build(saver, self.nodes), services, home)
