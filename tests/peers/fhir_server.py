"""A small FHIR R4 server on the loopback that keeps what it is sent: transactions, conditional creates, reads."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import parse_qs, urlencode
from uuid import uuid4

import httpx

from tests.peers.servers import Asked, answer, web

Json = dict[str, Any]


class Refusal(Exception):
    """A status and the code of an issue."""


class FhirServer:
    """Resources by type and id; every write of one is counted. `faults` are answered first, one a request."""

    def __init__(self) -> None:
        self.resources: dict[str, Json] = {}
        self.writes: list[str] = []
        self.faults: list[int] = []
        self.url = ""
        self.requests: list[Asked] = []
        self.page = 50
        self.next_page: str | None = None
        self._lock = threading.Lock()

    def of(self, kind: str) -> list[Json]:
        return [resource for name, resource in self.resources.items() if name.startswith(f"{kind}/")]

    def notify(self, report: Json) -> list[int]:
        """Tell every subscription that is not off of a report, as its channel asks; gives what was answered."""
        statuses = []
        for each in self.of("Subscription"):
            channel = each["channel"]
            headers = dict(line.split(": ", 1) for line in channel["header"])
            if each["status"] == "off":
                continue
            if "payload" not in channel:
                answered = httpx.post(channel["endpoint"], headers=headers)
            else:
                place = f"{channel['endpoint'].rstrip('/')}/DiagnosticReport/{report['id']}"
                answered = httpx.put(place, headers={**headers, "content-type": channel["payload"]}, json=report)
            statuses.append(answered.status_code)
        return statuses

    def respond(self, handler: BaseHTTPRequestHandler, asked: Asked) -> None:
        with self._lock:
            status, body = self._answered(asked)
        answer(handler, status, json.dumps(body).encode(), "application/fhir+json")

    def _answered(self, asked: Asked) -> tuple[int, Json]:
        if self.faults:
            return self.faults.pop(0), _outcome("exception")
        path = asked.path.removeprefix("/fhir").strip("/")
        if path == "metadata":
            return 200, {"resourceType": "CapabilityStatement", "fhirVersion": "4.0.1"}
        if path.split("?")[0] == "DiagnosticReport/_search":
            return self._searched(asked)
        if asked.method == "GET":
            found = self.resources.get(path)
            return (200, found) if found is not None else (404, _outcome("not-found"))
        if asked.method == "PUT" and path.startswith("Subscription/"):
            self.resources[path] = json.loads(asked.body)
            self.writes.append(path)
            return 200, self.resources[path]
        if asked.method == "POST" and not path:
            return self._transaction(json.loads(asked.body))
        return 405, _outcome("not-supported")

    def _searched(self, asked: Asked) -> tuple[int, Json]:
        """Find reports by status, category and `_lastUpdated`, with what they are of, `page` of them at once."""
        query = parse_qs(asked.body.decode() or asked.path.partition("?")[2])
        since, statuses = query["_lastUpdated"][0].removeprefix("ge"), query["status"][0].split(",")
        category, start = query.get("category", [None])[0], int(query.get("start", ["0"])[0])
        found = [
            each
            for each in sorted(self.of("DiagnosticReport"), key=lambda each: str(each["meta"]["lastUpdated"]))
            if each["meta"]["lastUpdated"] >= since
            and each["status"] in statuses
            and (category is None or any(c["code"] == category for k in each["category"] for c in k["coding"]))
        ]
        page = found[start : start + self.page]
        named = [each.get("subject", {}).get("reference", "") for each in page]
        named += [item.get("reference", "") for each in page for item in each.get("basedOn", ())]
        entries = page + [self.resources[name] for name in dict.fromkeys(named) if name in self.resources]
        bundle: Json = {"resourceType": "Bundle", "type": "searchset", "entry": [{"resource": e} for e in entries]}
        if start + self.page < len(found):
            following = urlencode({**{key: value[0] for key, value in query.items()}, "start": start + self.page})
            url = self.next_page or f"{self.url}/DiagnosticReport/_search?{following}"
            bundle["link"] = [{"relation": "next", "url": url}]
        return 200, bundle

    def _transaction(self, bundle: Json) -> tuple[int, Json]:
        """Do all entries or none; references by `fullUrl` become those of what was written or found."""
        try:
            places = [self._place(entry) for entry in bundle["entry"]]
        except Refusal as refusal:
            return refusal.args
        names = {entry["fullUrl"]: name for entry, (name, _) in zip(bundle["entry"], places, strict=True)}
        statuses = []
        for entry, (name, write) in zip(bundle["entry"], places, strict=True):
            statuses.append("200 OK" if not write else "201 Created")
            if write:
                kind, _, identity = name.partition("/")
                self.resources[name] = {**_rewritten(entry["resource"], names), "resourceType": kind, "id": identity}
                self.writes.append(name)
        told = [{"response": {"status": status}} for status in statuses]
        return 200, {"resourceType": "Bundle", "type": "transaction-response", "entry": told}

    def _place(self, entry: Json) -> tuple[str, bool]:
        request, kind = entry["request"], entry["resource"]["resourceType"]
        if request["method"] == "PUT":
            if request["url"] != f"{kind}/{entry['resource']['id']}":
                raise Refusal(400, _outcome("invalid"))
            return request["url"], True
        system, _, value = parse_qs(request["ifNoneExist"])["identifier"][0].partition("|")
        matches = [
            name
            for name, resource in self.resources.items()
            if name.startswith(f"{kind}/")
            and any((i.get("system"), i.get("value")) == (system, value) for i in resource.get("identifier", []))
        ]
        if len(matches) > 1:
            raise Refusal(412, _outcome("multiple-matches"))
        return (matches[0], False) if matches else (f"{kind}/{uuid4()}", True)


def _outcome(code: str) -> Json:
    return {"resourceType": "OperationOutcome", "issue": [{"severity": "error", "code": code, "diagnostics": "BERG"}]}


def _rewritten(value: Any, names: dict[str, str]) -> Any:
    if isinstance(value, dict):
        return {
            key: names.get(item, item) if key == "reference" else _rewritten(item, names) for key, item in value.items()
        }
    return [_rewritten(item, names) for item in value] if isinstance(value, list) else value


@contextmanager
def fhir_server() -> Iterator[FhirServer]:
    """Serve under /fhir."""
    server = FhirServer()
    with web(server.respond) as (url, requests):
        server.url, server.requests = f"{url}/fhir", requests
        yield server
