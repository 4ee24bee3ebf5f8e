"""Without the alert lane a critical result waits in the worklist like any other."""

from collections.abc import Mapping
from dataclasses import replace

from overread.evals._run import Run
from overread.evals.mutations._mutation import Mutation
from overread.graphs._services import Ledger, Services
from overread.records import Alert, CaseFile


class _Silent:
    """A ledger that raises no alert."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    def headers(self, case_id: str) -> Mapping[str, Mapping[str, str]]:
        return self._ledger.headers(case_id)

    def raise_alert(self, case_id: str, alert: Alert) -> bool:
        return False

    def alerts(self, case_id: str) -> tuple[Alert, ...]:
        return self._ledger.alerts(case_id)

    def file(self, case_id: str) -> CaseFile | None:
        return self._ledger.file(case_id)

    def whole(self, file: CaseFile) -> CaseFile:
        return self._ledger.whole(file)

    def write(self, case_id: str, event: str, **detail: object) -> None:
        self._ledger.write(case_id, event, **detail)


def _silenced(services: Services) -> Services:
    return replace(services, ledger=_Silent(services.ledger))


def _raised(run: Run) -> bool:
    return run.file is not None and bool(run.file.alerts)


def build() -> Mutation:
    """Give the mutation."""
    return Mutation("alert_lane", "no critical result is raised", services=_silenced, concerns=_raised)
