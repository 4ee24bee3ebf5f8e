"""`/metrics` of the page: for a scraper, which has no login, and never a way past the login of a person."""

import ipaddress

from fastapi import FastAPI, HTTPException, Request
from fastapi.responses import Response
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from starlette.datastructures import Headers

from overread.observing.serving import shows_token
from overread.settings import LOOPBACK, Settings

ADDRESS = "/metrics"
FORWARDED = ("forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip", "via")


class MetricsAccess:
    """Decides who may scrape: whoever shows the token; without one, who sits at this machine of a single user.

    Behind a proxy everybody seems to be on this machine. So only `sign_in = link`, which no proxy stands in front of,
    answers the loopback without a token, and not what a proxy passed on nor what asks for another host's name.
    """

    def __init__(self, settings: Settings) -> None:
        self._token = settings.observing.metrics_token
        self._local = settings.sign_in == "link" and not settings.proxies

    def admits(self, headers: Headers, address: str) -> bool:
        """Tell whether a request from an address may read the figures."""
        if self._token is not None:
            return shows_token(headers.get("authorization"), self._token)
        passed_on = any(name in headers for name in FORWARDED)
        return self._local and not passed_on and _is_loopback(address) and _host(headers) in LOOPBACK


class MetricsRoute:
    """Asks the access again, whatever the guard let through."""

    def __init__(self, registry: CollectorRegistry, access: MetricsAccess) -> None:
        self._registry = registry
        self._access = access

    def add_to(self, app: FastAPI) -> None:
        """Answer the address of an app."""
        app.get(ADDRESS)(self.figures)

    def figures(self, request: Request) -> Response:
        """Give the figures as Prometheus reads them."""
        if not self._access.admits(request.headers, request.client.host if request.client else ""):
            raise HTTPException(404)
        return Response(generate_latest(self._registry), media_type=CONTENT_TYPE_LATEST)


def _is_loopback(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False


def _host(headers: Headers) -> str:
    """Give the name that was asked for, without its port: a page elsewhere that calls itself by another is refused."""
    host = headers.get("host", "")
    return host[1:].partition("]")[0] if host.startswith("[") else host.partition(":")[0]
