"""Take the notifications of a FHIR R4 subscription (rest-hook): what they tell of is kept and joined as `poll` does it.

A notification with a DiagnosticReport gives that report; what it refers to is asked of the server, as a search gives it
along, so that a report that is pushed and polled is one version. One without, or with a Bundle (the R5 backport's, of
any content), only says that there is something: then the server is asked what changed.
"""

import json
import re
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

from pydantic import ValidationError

from overread.errors import UsageError
from overread.peers.check import FHIR_JSON, json_of
from overread.peers.http import exchange
from overread.peers.records import FhirServer
from overread.receiving.fhir_reports import MOST_BYTES, Report, signed_report
from overread.receiving.report_joining import join_reports
from overread.receiving.report_polling import Polled, poll
from overread.store.home import Home

NAMED = re.compile(r"(?:Patient|ServiceRequest)/[A-Za-z0-9.-]{1,64}")
"""What a report refers to and is asked for: relative, or under the address of the server."""
GONE = (404, 410)


class ReportDesk:
    """Takes notifications of one server, one at a time."""

    def __init__(
        self,
        home: Home,
        server: FhirServer,
        category: str | None,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._home = home
        self._server = server
        self._category = category
        self._clock = clock
        self._one = threading.Lock()

    def take(self, content: bytes) -> Polled:
        """Keep what a notification tells of and join it; when this returns, it is in the store.

        Raises `UsageError`, which quotes nothing, for what is no notification of reports, `PeerError` where the server
        has to be asked and cannot be.
        """
        resource = _resource(content)
        with self._one:
            if resource is None or resource.get("resourceType") == "Bundle":
                noticed = poll(self._home, self._server, self._category, self._clock())
            else:
                noticed = self._note(resource)
            join_reports(self._home)
        return noticed

    def _note(self, resource: dict[str, Any]) -> Polled:
        if resource.get("resourceType") != "DiagnosticReport":
            raise UsageError("the notification holds no DiagnosticReport")
        try:
            read = Report.model_validate(resource)
            report = signed_report(self._server, read, [*read.contained, *self._named(read)])
        except ValidationError:
            raise UsageError("the notification holds a report that is no FHIR R4") from None
        noticed = Polled(self._server.name)
        if report is not None and self._is_wanted(read):
            noticed.noted[self._home.reports_elsewhere.note(report, self._clock())] += 1
        return noticed

    def _is_wanted(self, read: Report) -> bool:
        codes = {coding.code for concept in read.category for coding in concept.coding}
        return self._category is None or self._category in codes

    def _named(self, read: Report) -> Iterator[dict[str, Any]]:
        """Give what a report refers to and does not hold, as the server has it."""
        named = (reference.reference or "" for reference in (read.subject, *read.basedOn))
        for name in dict.fromkeys(each.removeprefix(f"{self._server.url}/") for each in named):
            if not NAMED.fullmatch(name):
                continue
            answer = exchange(self._server, "GET", name, headers=FHIR_JSON, most_bytes=MOST_BYTES)
            if answer.status not in GONE:
                yield json_of(self._server, "a read of what a report is of", answer)


def _resource(content: bytes) -> dict[str, Any] | None:
    """Read the body of a notification; None for one without."""
    if not content.strip():
        return None
    try:
        resource = json.loads(content)
    except (ValueError, RecursionError):
        resource = None
    if not isinstance(resource, dict):
        raise UsageError("the notification is no FHIR resource in JSON")
    return resource
