"""Who is told of the work of this process: what the settings ask for."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager

from overread.observing.events import Observer, Observers
from overread.observing.logs import CaseLog
from overread.observing.metrics import Metrics
from overread.observing.queue_metrics import QueueMetrics
from overread.observing.serving import metrics_server
from overread.observing.traces import open_traces
from overread.settings import Settings
from overread.store.home import Home


@contextmanager
def open_observers(
    settings: Settings, home: Home, metrics: Metrics | None = None, watching: Sequence[Observer] = ()
) -> Iterator[Observers]:
    """Open what the settings ask for, and close it at the end; `metrics` are those of a page that shows them itself.

    Those who are `watching` are told as well.

    Raises `SettingsError` where an extra is missing.
    """
    wanted = settings.observing
    with ExitStack() as stack:
        everybody: list[Observer] = [*watching]
        if wanted.traces_to is not None or wanted.traces_file is not None:
            everybody.append(stack.enter_context(open_traces(wanted)))
        if metrics is None and wanted.metrics_port is not None:
            metrics = Metrics()
        if metrics is not None:
            metrics.registry.register(QueueMetrics(home))
            everybody.append(metrics)
        if metrics is not None and wanted.metrics_port is not None:
            stack.enter_context(metrics_server(wanted, metrics.registry))
        if settings.log_format == "json":
            everybody.append(CaseLog())
        yield Observers(tuple(everybody))
