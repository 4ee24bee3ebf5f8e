"""A tool that gives the payloads it was told to give, or fails the way it was told to fail."""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal, cast

from overread.errors import ToolError, Unavailable
from overread.ports import ToolCard, ToolInput
from overread.records import Evidence, Locator, Payload, Provenance, Refusal, Region, Study
from overread.testing.doubles.makers import make_uid

FaultKind = Literal["error", "hang", "invalid_output", "foreign_study", "unavailable"]
Item = Payload | tuple[Payload, Region]
Script = Sequence[Item] | Callable[[ToolInput], Sequence[Item]]


@dataclass(frozen=True)
class Fault:
    """How a tool fails: the first `times` runs, every run when None; a hang lasts `seconds`.

    Before that it keeps the first `kept` of its payloads, as a tool does that works step by step.
    """

    kind: FaultKind
    times: int | None = None
    kept: int = 0
    seconds: float = 3600.0


class ScriptedTool:
    """Gives listed payloads as evidence of the image it is handed; a callable script sees the work first.

    `seconds` is the latency of every run. `release()` ends hangs, so that a test leaves no thread behind.
    """

    def __init__(
        self,
        name: str,
        script: Script = (),
        *,
        fault: Fault | None = None,
        seconds: float = 0.0,
        views: tuple[str, ...] = ("PA", "AP"),
        labels: tuple[str, ...] = (),
        structures: tuple[str, ...] = (),
    ) -> None:
        self._script = script
        self._fault = fault
        self._seconds = seconds
        self._released = threading.Event()
        self._lock = threading.Lock()
        self.runs = 0
        self.card = ToolCard(
            name=name,
            version="1",
            describe="Gives what it was told to give.",
            payloads=(
                "score",
                "mask",
                "activation",
                "box",
                "measurement",
                "answer",
                "claim",
                "header",
                "lettering",
                "retrieved",
                "outlook",
            ),
            labels=labels,
            structures=structures,
            views=views,
            model="scripted",
        )

    def accepts(self, study: Study) -> Refusal | None:
        """Take a study with an image of a view on the card, or of none stated; refuse others as `no_frontal_view`."""
        if any(image.view is None or image.view in self.card.views for image in study.images):
            return None
        wanted = " or ".join(self.card.views)
        return Refusal(reason="no_frontal_view", detail=f"no {wanted} image", next_step=f"add a {wanted} image")

    def run(self, work: ToolInput) -> Sequence[Evidence]:
        """Count the run, wait, then give the script's payloads or fail as told.

        The faults `error` and `unavailable` raise `ToolError` and `Unavailable`; a hang gives its evidence in the end.
        """
        started = datetime.now(UTC)
        with self._lock:
            self.runs += 1
            run = self.runs
        if self._seconds:
            self._released.wait(self._seconds)
        if self._fault is not None and (self._fault.times is None or run <= self._fault.times):
            work.keep(self._evidence(work, work.locator(), started)[: self._fault.kept])
            return self._fail(self._fault, work, started)
        return self._evidence(work, work.locator(), started)

    def release(self) -> None:
        """End all hangs and latencies now."""
        self._released.set()

    def _evidence(self, work: ToolInput, locator: Locator, started: datetime) -> tuple[Evidence, ...]:
        items = self._script(work) if callable(self._script) else self._script
        provenance = Provenance(
            tool=self.card.name,
            tool_version=self.card.version,
            model="scripted",
            started=started,
            ended=datetime.now(UTC),
        )
        return tuple(_located(item, locator, provenance) for item in items)

    def _fail(self, fault: Fault, work: ToolInput, started: datetime) -> Sequence[Evidence]:
        if fault.kind == "unavailable":
            raise Unavailable(f"the model of {self.card.name} is not reachable; this double was told so")
        if fault.kind == "error":
            raise ToolError(f"{self.card.name} failed; this double was told so")
        if fault.kind == "invalid_output":
            return cast(Sequence[Evidence], ["not evidence"])
        if fault.kind == "foreign_study":
            return self._evidence(work, Locator(sop_instance_uid=make_uid("another study")), started)
        self._released.wait(fault.seconds)
        return self._evidence(work, work.locator(), started)


def _located(item: Item, locator: Locator, provenance: Provenance) -> Evidence:
    if isinstance(item, tuple):
        payload, region = item
        return Evidence.of(payload, locator.model_copy(update={"region": region}), provenance)
    return Evidence.of(item, locator, provenance)
