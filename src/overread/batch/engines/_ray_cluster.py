"""A Ray to run actors on: one of this process's own, which nobody else reaches, or a cluster that is there."""

import math
import os
import secrets
import signal
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from types import ModuleType
from typing import Any

from overread.errors import Unavailable, UsageError
from overread.settings import RayCluster

HOW_TO = "--engine ray needs Ray: pip install 'overread[ray]'"
STORE_BYTES = 128 * 2**20
"""Ray's own store of objects: nothing but settings goes through it."""
QUIET = {"RAY_USAGE_STATS_ENABLED": "0", "RAY_ENABLE_UV_RUN_RUNTIME_ENV": "0"}
"""No figures of use leave the machine; workers run in the environment that is there."""
# What Ray does by itself on macOS and Windows: all its servers listen on the loopback, those of metrics too.
LOOPBACK = {"RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0", "RAY_AUTH_MODE": "token"}


def must_be_here() -> None:
    """Raise `UsageError` where Ray is not installed."""
    if find_spec("ray") is None:
        raise UsageError(HOW_TO)


@contextmanager
def connected(asked: RayCluster, actors: int) -> Iterator[ModuleType]:
    """Give Ray's module while it is connected; its own Ray has room for so many actors and ends with it.

    Raises `Unavailable` where no cluster answers at the address.
    """
    os.environ.update(QUIET)
    if asked.address is not None:
        with _started(address=asked.address) as ray:
            yield ray
        return
    os.environ.update(LOOPBACK, RAY_AUTH_TOKEN=secrets.token_hex(32))
    with (
        tempfile.TemporaryDirectory(prefix="overread-ray-", ignore_cleanup_errors=True) as folder,
        _started(
            address="local",
            include_dashboard=False,
            num_cpus=max(1, math.ceil(actors * asked.cpus)),
            num_gpus=math.ceil(actors * asked.gpus) or None,
            object_store_memory=STORE_BYTES,
            _temp_dir=folder,
            # Its workers would be nice to all else (15), as no other worker is.
            _system_config={"enable_metrics_collection": False, "worker_niceness": 0},
        ) as ray,
    ):
        yield ray


@contextmanager
def _started(**options: Any) -> Iterator[ModuleType]:
    import ray  # reads its environment as it is imported

    try:
        _join(ray, options)
        yield ray
    finally:
        ray.shutdown()


def _join(ray: ModuleType, options: dict[str, Any]) -> None:
    before = signal.getsignal(signal.SIGTERM)
    try:
        ray.init(configure_logging=False, **options)
    except ConnectionError:
        raise Unavailable(f"no Ray cluster answers at {options['address']}") from None
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGTERM, before)  # Ray has put its own in the place of ours
