"""What this machine uses while something runs, where it tells: the processors by RAPL, the GPUs by NVML.

Both count the whole machine, whoever works on it. Nothing is estimated: what is not told, or may not be read, is None.

Sources: Linux, "Power Capping Framework" (Documentation/power/powercap/powercap.rst): a zone's `energy_uj` counts
microjoules and begins anew at `max_energy_range_uj`; since Linux 5.10 root alone may read it. NVML API Reference,
nvmlDeviceGetTotalEnergyConsumption: millijoules since the driver was loaded, from Volta on.
"""

import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from overread.serving.hardware import allowed_handles, opened_nvml

POWERCAP = Path("/sys/class/powercap")
ZONES = "intel-rapl:*"
"""Those of AMD have this name too; `intel-rapl-mmio` counts the same packages a second time."""
LOOK_SECONDS = 10.0
"""Between two looks: at 1 kW a counter of 65,536 J begins anew after a minute."""


class Joules(NamedTuple):
    """Energy, in joules; None where the machine does not tell."""

    processor: float | None
    """All packages, and their memory where it is counted beside them."""
    gpu: float | None
    """All GPUs that this process may use."""

    def since(self, before: "Joules") -> "Joules":
        """Give what was used since an earlier look."""
        pairs = zip(self, before, strict=True)
        return Joules(*(None if now is None or then is None else now - then for now, then in pairs))


NOT_TOLD = Joules(None, None)


class Counter(Protocol):
    """Something that counts energy."""

    def joules(self) -> float | None:
        """Give what was used since the counter was opened, or None where it cannot be read."""


class Zone:
    """One counter of RAPL; to be looked at more often than it begins anew."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / "energy_uj"
        self._range = int((folder / "max_energy_range_uj").read_text())
        self._last = int(self._file.read_text())
        self._sum = 0

    def joules(self) -> float | None:
        """Give what was used since the zone was opened."""
        try:
            now = int(self._file.read_text())
        except (OSError, ValueError):
            return None
        self._sum += now - self._last if now >= self._last else now - self._last + self._range
        self._last = now
        return self._sum / 1e6


class Gpus:
    """The counters of some GPUs, by NVML's handles."""

    def __init__(self, nvml: Any, handles: list[Any]) -> None:
        self._nvml = nvml
        self._handles = handles
        self._first = self._read()

    def joules(self) -> float | None:
        """Give what was used since they were opened; None where one of them does not tell."""
        now = self._read()
        return None if now is None or self._first is None else (now - self._first) / 1e3

    def _read(self) -> int | None:
        try:
            return sum(int(self._nvml.nvmlDeviceGetTotalEnergyConsumption(each)) for each in self._handles)
        except self._nvml.NVMLError:
            return None


class EnergyMeter:
    """Adds up counters; safe to use from several threads."""

    def __init__(self, zones: list[Counter] | None, gpus: Counter | None) -> None:
        self._zones = zones
        self._gpus = gpus
        self._lock = threading.Lock()

    def read(self) -> Joules:
        """Give what was used since the meter was opened."""
        with self._lock:
            used = [zone.joules() for zone in self._zones or ()]
            told = [joules for joules in used if joules is not None]
            processor = sum(told) if used and len(told) == len(used) else None
            return Joules(processor, self._gpus.joules() if self._gpus else None)


@contextmanager
def open_meter(powercap: Path = POWERCAP) -> Iterator[EnergyMeter]:
    """Count during the block, looking often enough that no counter begins anew unseen."""
    with ExitStack() as stack:
        nvml = stack.enter_context(opened_nvml())
        handles = [] if nvml is None else list(allowed_handles(nvml))
        meter = EnergyMeter(rapl_zones(powercap), Gpus(nvml, handles) if handles else None)
        stack.enter_context(_looking(meter))
        yield meter


def rapl_zones(powercap: Path) -> list[Counter] | None:
    """Open the counters of all packages and their memory; None where one of them may not be read, or there is none."""
    try:
        folders = [folder for folder in sorted(powercap.glob(ZONES)) if _counts(folder)]
        zones: list[Counter] = [Zone(folder) for folder in folders]
    except (OSError, ValueError):
        return None
    return zones or None


def _counts(folder: Path) -> bool:
    """Say whether a zone is a package or its memory; `core`, `uncore` and `psys` are in or around these."""
    name = (folder / "name").read_text().strip()
    return name.startswith("package") or name == "dram"


@contextmanager
def _looking(meter: EnergyMeter) -> Iterator[None]:
    ended = threading.Event()

    def look() -> None:
        while not ended.wait(LOOK_SECONDS):
            meter.read()

    thread = threading.Thread(target=look, name="energy", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
