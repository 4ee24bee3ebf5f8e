"""Reads a batch in actors of Ray, on this machine or all over a cluster.

Each actor is a worker as any other: it takes cases from the queue under leases, and settles them there. Ray finds it a
place and starts it anew where it dies; which case is next says the queue alone.
"""

import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from types import ModuleType
from typing import Any

from overread.batch.engine import Engine, Shift
from overread.batch.engines._ray_cluster import connected, must_be_here
from overread.batch.engines.local import read_here
from overread.batch.worker import POLL_SECONDS, Worker, patiently
from overread.composition import open_room
from overread.errors import Unavailable, UsageError
from overread.observing.logs import set_up
from overread.observing.spending import Spending
from overread.reading_room import ReadingRoom
from overread.settings import Settings

Opening = Callable[..., AbstractContextManager[ReadingRoom]]
"""Makes a room of settings; `watching` are told of its work, as by `open_room`."""


class CaseReader:
    """An actor: one worker of a batch. Its name and arguments, which Ray may show, say nothing of a case."""

    def __init__(self, settings: Settings, batch: str, holder: str, slots: int, opening: Opening) -> None:
        self._settings = settings
        self._batch = batch
        self._holder = holder
        self._slots = slots
        self._opening = opening
        self._stop = threading.Event()

    def begin(self) -> None:
        """Answer: the actor has a place."""

    def read(self) -> None:
        """Read until it is stopped; Ray calls this again where the actor died of it."""
        set_up(self._settings)
        spending = Spending()
        with self._opening(self._settings, watching=[spending]) as room:
            queue, deaths = room.home.reading_queue, room.services.settings.reading.deaths
            # Ray runs an actor once at a time: who held cases in its name before has died.
            patiently(lambda: queue.reap(deaths, holder=self._holder))
            worker = Worker(room, slots=self._slots, batch=self._batch, holder=self._holder, spending=spending)
            worker.run(self._stop, lambda: False)

    def stop(self) -> None:
        """Finish what is in flight and begin nothing else."""
        self._stop.set()


@dataclass
class _Hand:
    """An actor as this process knows it."""

    actor: Any
    call: Any
    """What it is asked now: to begin, then to read."""
    reads: bool = False


class RayEngine:
    """The engine; `opening` makes the room of an actor from the settings."""

    def __init__(self, opening: Opening = open_room) -> None:
        self._opening = opening

    def __call__(self, shift: Shift) -> None:
        """Read `workers` cases at once, `ray.cases` in an actor; what is settled comes in by the queue."""
        if not shift.workers:
            read_here(shift)
            return
        asked = shift.room.services.settings.ray
        slots = [min(asked.cases, shift.workers - first) for first in range(0, shift.workers, asked.cases)]
        holders = [f"{shift.holder} {place}" for place in range(len(slots))]
        try:
            with connected(asked, len(slots)) as ray:
                _one_store(ray, shift.room)
                hands = self._hired(ray, shift, dict(zip(holders, slots, strict=True)))
                _until_read(ray, shift, hands)
        except BaseException:
            for holder in holders:
                shift.room.home.reading_queue.give_back(holder)
            raise

    def _hired(self, ray: ModuleType, shift: Shift, slots: dict[str, int]) -> list[_Hand]:
        settings = shift.room.services.settings
        absolute = settings.model_copy(update={"home": settings.home.absolute()})
        kind = ray.remote(CaseReader).options(
            num_cpus=settings.ray.cpus,
            num_gpus=settings.ray.gpus,
            max_restarts=-1,
            max_task_retries=-1,
            max_concurrency=2,  # it is told to stop while it reads
        )
        actors = [kind.remote(absolute, shift.batch, holder, count, self._opening) for holder, count in slots.items()]
        return [_Hand(actor, actor.begin.remote()) for actor in actors]


def build() -> Engine:
    """Give the engine; raises `UsageError` where Ray is not installed."""
    must_be_here()
    return RayEngine()


def _one_store(ray: ModuleType, room: ReadingRoom) -> None:
    hosts = [node for node in ray.nodes() if node["Alive"]]
    if len(hosts) > 1 and room.home.database.is_sqlite:
        raise UsageError(f"the cluster has {len(hosts)} hosts: they share a store only in PostgreSQL (database)")


def _until_read(ray: ModuleType, shift: Shift, hands: list[_Hand]) -> None:
    while hands:
        if shift.stop.is_set() or patiently(shift.ended):
            hands = _sent_home(ray, hands)
        answered, _ = ray.wait([hand.call for hand in hands], timeout=POLL_SECONDS) if hands else ([], [])
        for hand in [hand for hand in hands if hand.call in answered]:
            _raise_what_it_met(ray, hand.call)
            if hand.reads:
                hands.remove(hand)
            else:
                hand.call, hand.reads = hand.actor.read.remote(), True
        shift.look()


def _sent_home(ray: ModuleType, hands: list[_Hand]) -> list[_Hand]:
    """Stop those that read, and let go those that found no place yet; gives the ones that have to finish."""
    for hand in hands:
        if hand.reads:
            # Each time anew: one that was started again meanwhile does not know.
            hand.actor.stop.remote()
        else:
            ray.kill(hand.actor)
    return [hand for hand in hands if hand.reads]


def _raise_what_it_met(ray: ModuleType, call: Any) -> None:
    try:
        ray.get(call)
    except ray.exceptions.RayTaskError as error:
        raise error.cause from None
    except ray.exceptions.RayError as error:
        raise Unavailable(f"Ray lost an actor: {type(error).__name__}") from None
