"""Ask a FHIR R4 server to notify us of reports that are signed there, by a Subscription of an id of ours."""

import hashlib
import json
from typing import Any

from overread.peers.check import FHIR_JSON
from overread.peers.http import exchange, refused
from overread.peers.records import FhirServer
from overread.receiving.fhir_reports import SIGNED


def subscribe(
    server: FhirServer, endpoint: str, secret: str, category: str | None, *, payload: bool = True, off: bool = False
) -> str:
    """Write the subscription and give its id, which follows from the endpoint; written twice it is one.

    Raises `PeerError` where the server does not take it.
    """
    wanted = subscription(endpoint, secret, category, payload=payload, off=off)
    headers = {**FHIR_JSON, "content-type": "application/fhir+json"}
    path = f"Subscription/{wanted['id']}"
    answer = exchange(server, "PUT", path, headers=headers, content=json.dumps(wanted).encode())
    if not answer.ok:
        raise refused(server, "a Subscription", answer)
    return str(wanted["id"])


def subscription(endpoint: str, secret: str, category: str | None, *, payload: bool, off: bool) -> dict[str, Any]:
    """Give the Subscription; `payload`: the report is sent with the notification, else the server is asked for it."""
    kinds = f"&category={category}" if category else ""
    channel = {"type": "rest-hook", "endpoint": endpoint, "header": [f"Authorization: Bearer {secret}"]}
    return {
        "resourceType": "Subscription",
        "id": f"overread-{hashlib.sha256(endpoint.encode()).hexdigest()[:16]}",
        "status": "off" if off else "requested",
        "reason": "Overread compares its drafts with reports that are signed elsewhere",
        "criteria": f"DiagnosticReport?status={','.join(SIGNED)}{kinds}",
        "channel": {**channel, **({"payload": "application/fhir+json"} if payload else {})},
    }
