"""The case-review page as a web application, and the command that serves it."""

import asyncio
import os
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path

import typer
import uvicorn
from fastapi import FastAPI

from overread._version import __version__
from overread.composition import open_room, watcher_of
from overread.dictation.whisper import Whisper
from overread.escalation.watcher import Watcher
from overread.observing.metrics import Metrics
from overread.oversight.keeping import keeping_facts
from overread.reading_room import ReadingRoom
from overread.review.access import Access, LinkAccess, Seals
from overread.review.accounts import AccountAccess
from overread.review.calling import CallRoutes
from overread.review.calls import CALLS
from overread.review.desk import Desk
from overread.review.dictation_routes import DictationRoutes
from overread.review.finishing import finishing
from overread.review.guard import Guard
from overread.review.help import HelpRoutes
from overread.review.incoming import Incoming
from overread.review.language import Speaking, languages
from overread.review.link_routes import LinkRoutes
from overread.review.metrics_route import MetricsAccess, MetricsRoute
from overread.review.oidc_access import OidcAccess
from overread.review.oidc_routes import OidcRoutes
from overread.review.progress import ProgressRoutes
from overread.review.routes import Routes
from overread.review.session_routes import SessionRoutes
from overread.review.sign_in_routes import SignInRoutes
from overread.review.signing_in import access_for, refuse_unsafe
from overread.review.stats import StatsRoutes
from overread.review.words import WordRoutes
from overread.settings import LOOPBACK, Settings

LAST_SENDS_SECONDS = 15.0
OpenRoom = Callable[..., AbstractContextManager[ReadingRoom]]
Beside = Callable[[ReadingRoom], AbstractContextManager[None]]


def serve(
    settings: Settings,
    *,
    host: str | None = None,
    port: int | None = None,
    review_only: bool = False,
    open_room: OpenRoom = open_room,
    beside: Beside = lambda room: nullcontext(),
) -> None:
    """Serve the page until it is stopped, and say where it is: for one user, by a link that opens it once.

    `review_only`: no tool is built and no model loaded; cases are read by other processes on the same store.
    `beside` is what a room that reads does meanwhile.
    """
    address, number = host or settings.app_host, settings.app_port if port is None else port
    refuse_unsafe(settings, address)
    metrics = Metrics()
    opened = open_room(settings, tools={} if review_only else None, metrics=metrics)
    others: Beside = (lambda room: nullcontext()) if review_only else beside
    with (
        opened as room,
        watching(watcher_of(settings, room.home)),
        keeping_facts(room.home),
        finishing(room),
        others(room),
    ):
        access = access_for(settings, room.home, f"overread_{number}")
        # A proxy that says who a visitor is must itself be seen; any other may say where the visitor comes from.
        behind = bool(settings.proxies) and settings.sign_in != "proxy"
        # No access log: it would keep the link's token. The page's own open streams must not hold Ctrl-C up.
        config = uvicorn.Config(
            create_app(room, access, metrics),
            host=address,
            port=number,
            access_log=False,
            log_level="warning",
            # Its own handlers would write lines of another format.
            log_config=uvicorn.config.LOGGING_CONFIG if settings.log_format == "text" else None,
            timeout_graceful_shutdown=3,
            proxy_headers=behind,
            forwarded_allow_ips=[str(network) for network in settings.proxies] if behind else [],
            ssl_certfile=settings.tls_cert,
            ssl_keyfile=settings.tls_key,
        )
        _Server(config, lambda bound: _announce(address, bound, access, encrypted=config.is_ssl)).run()


@contextmanager
def watching(watcher: Watcher) -> Iterator[None]:
    """Let a watcher tell people of critical results, in a thread, for as long as the page is served."""
    stop = threading.Event()
    thread = threading.Thread(target=watcher.watch, args=(stop,), name="critical results", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        # What is being sent now is waited for: a notice cut off is an uncertain one.
        thread.join(LAST_SENDS_SECONDS)


class _Server(uvicorn.Server):
    """Tells the port once it listens, so that a link is never printed before it works."""

    def __init__(self, config: uvicorn.Config, listening: Callable[[int], None]) -> None:
        super().__init__(config)
        self._listening = listening

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._listening(int(self.servers[0].sockets[0].getsockname()[1]))


def create_app(room: ReadingRoom, access: Access, metrics: Metrics | None = None) -> FastAPI:
    """Build the application over a reading room; `access` decides who may do what, `metrics` are shown to scrapers.

    Raises `UsageError` where the settings name a language that is not here.
    """
    settings = room.services.settings
    languages(settings.translations).chosen(settings.language, {})  # now: middleware is built at the first request
    _keep_private(room.home.root)
    # Built outside a running event loop, each of Gradio's queues would make one of its own and leave it open.
    return asyncio.run(_build(room, access, metrics))


async def _build(room: ReadingRoom, access: Access, metrics: Metrics | None) -> FastAPI:
    # Gradio reads its environment when it is imported.
    import gradio as gr

    from overread.review.page import DICTATION, HEAD, build_page

    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None)
    Routes(room, access).add_to(app)
    SessionRoutes(access).add_to(app)
    if isinstance(access, LinkAccess):
        LinkRoutes(access).add_to(app)
    if isinstance(access, AccountAccess):
        SignInRoutes(access).add_to(app)
    if isinstance(access, OidcAccess):
        OidcRoutes(access).add_to(app)
    if room.services.tools:
        Incoming(room, access).add_to(app)
    ProgressRoutes(room, access).add_to(app)
    StatsRoutes(room, access).add_to(app)
    HelpRoutes(room.services.tools, access, __version__).add_to(app)
    WordRoutes(access).add_to(app)
    scrapers = MetricsAccess(room.services.settings)
    if metrics is not None:
        MetricsRoute(metrics.registry, scrapers).add_to(app)
    desk = Desk(room, access, Seals())
    CallRoutes(desk, CALLS).add_to(app)
    hears = room.services.settings.dictation == "on"
    if hears:
        DictationRoutes(desk, Whisper(room.services.settings.dictation_model)).add_to(app)
    page = build_page(desk)
    gr.mount_gradio_app(
        app,
        page,
        path="/",
        app_kwargs={"openapi_url": None, "docs_url": None, "redoc_url": None},
        footer_links=[],
        run_history=False,
        allowed_paths=[],
        blocked_paths=["/"],
        show_error=False,
        max_file_size="1kb",
        ssr_mode=False,
        enable_monitoring=False,
        pwa=False,
        mcp_server=False,
        theme=gr.themes.Base(font=["system-ui", "sans-serif"], font_mono=["ui-monospace", "monospace"]),
        head=HEAD + DICTATION if hears else HEAD,
    )
    app.add_middleware(Guard, access=access, microphone=hears, metrics=scrapers if metrics else None)
    settings = room.services.settings
    app.add_middleware(Speaking, known=languages(settings.translations), setting=settings.language)
    return app


def _keep_private(home: Path) -> None:
    """Turn off whatever of Gradio's would send or keep anything outside the store's own folder."""
    cache = home / "page-cache"
    cache.mkdir(parents=True, exist_ok=True, mode=0o700)
    os.environ.update(
        GRADIO_ANALYTICS_ENABLED="False",
        # Gradio would sum up its own usage in a data frame after every event.
        GRADIO_ANALYTICS_CACHE_FREQUENCY=str(2**31),
        GRADIO_RUN_HISTORY="False",
        GRADIO_SHARE="False",
        GRADIO_MCP_SERVER="False",
        GRADIO_TEMP_DIR=str(cache),
        HF_HUB_OFFLINE="1",
    )


def _announce(host: str, port: int, access: Access, *, encrypted: bool) -> None:
    if host not in LOOPBACK and not encrypted:
        typer.echo("Warning: the page is served beyond this machine without encryption; put TLS in front.", err=True)
    shown = f"[{host}]" if ":" in host else host
    address = f"{'https' if encrypted else 'http'}://{shown}:{port}/"
    if not isinstance(access, LinkAccess):
        typer.echo(f"Overread is at {address} (sign_in={access.way}). Ctrl-C stops the page.", err=True)
        return
    typer.echo(f"Overread is at {address}enter?token={access.link()}", err=True)
    typer.echo("The link works once. Ctrl-C stops the page.", err=True)
