"""What a node is handed beside the state, and the version of the graph that all of them belong to."""

from langgraph.runtime import Runtime

from overread.graphs._services import Services
from overread.graphs._state import CaseView

Context = Runtime[Services]
GRAPH_VERSION = 1
"""Node names and the order of interrupts are a wire format; raise this when either changes."""


def services_of(view: CaseView, runtime: Context) -> Services:
    """Give the services of what the gate chose to read the study as."""
    return runtime.context.under(view.protocol)
