"""What there is to serve on: the NVIDIA GPUs that this process may use, and the machine's memory."""

import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any

import psutil

from overread.serving.records import Device

CGROUPS = Path("/sys/fs/cgroup")


def devices() -> tuple[Device, ...]:
    """Give the GPUs, in the order of their index, and last the memory (index None)."""
    return (*gpus(), memory())


def gpus(environment: Mapping[str, str] = os.environ) -> tuple[Device, ...]:
    """Read the GPUs by NVML; none without its library, its driver or a device.

    Indices are NVML's, which are the PCI bus order: a process that is to use them needs CUDA_DEVICE_ORDER=PCI_BUS_ID.
    Where CUDA_VISIBLE_DEVICES is set, only the devices that it names (by index or UUID) are given.
    """
    with opened_nvml() as nvml:
        if nvml is None:
            return ()
        return tuple(_read(nvml, environment))


def memory(cgroups: Path = CGROUPS) -> Device:
    """Read the memory, in bytes: the machine's, or that of the control group (a container) where it is less."""
    machine = psutil.virtual_memory()
    limits = [_limit(folder) for folder in (cgroups, cgroups / "memory")]
    total = min((machine.total, *(limit for limit, _ in filter(None, limits))))
    free = min((machine.available, *(limit - used for limit, used in filter(None, limits))))
    return Device(index=None, name="memory", total=total, free=max(0, free))


@contextmanager
def opened_nvml() -> Iterator[Any]:
    """Give NVML's module while it is open; None without its library or its driver."""
    try:
        nvml = import_module("pynvml")
        nvml.nvmlInit()
    except ImportError:
        yield None
        return
    except nvml.NVMLError:
        yield None
        return
    try:
        yield nvml
    finally:
        nvml.nvmlShutdown()


def allowed_handles(nvml: Any, environment: Mapping[str, str] = os.environ) -> Iterator[Any]:
    """Give NVML's handles of the GPUs that this process may use, in the order of their index."""
    return (handle for _, handle in _allowed(nvml, environment))


def _allowed(nvml: Any, environment: Mapping[str, str]) -> Iterator[tuple[int, Any]]:
    allowed = environment.get("CUDA_VISIBLE_DEVICES")
    for index in range(nvml.nvmlDeviceGetCount()):
        handle = nvml.nvmlDeviceGetHandleByIndex(index)
        if allowed is None or _named(index, str(nvml.nvmlDeviceGetUUID(handle)), allowed.split(",")):
            yield index, handle


def _read(nvml: Any, environment: Mapping[str, str]) -> Iterator[Device]:
    for index, handle in _allowed(nvml, environment):
        # Version 2 keeps apart what the driver reserves: CUDA's own total leaves it out, and so do we.
        figures = nvml.nvmlDeviceGetMemoryInfo(handle, version=nvml.nvmlMemory_v2)
        yield Device(
            index=index,
            name=str(nvml.nvmlDeviceGetName(handle)),
            total=figures.total - figures.reserved,
            free=figures.free,
        )


def _named(index: int, uuid: str, allowed: Iterable[str]) -> bool:
    names = [name.strip() for name in allowed]
    return str(index) in names or any(name.startswith("GPU-") and uuid.startswith(name) for name in names)


def _limit(folder: Path) -> tuple[int, int] | None:
    """Give (limit, bytes in use that cannot be reclaimed) of a control group, or None when it sets no limit."""
    for limit, used in (("memory.max", "memory.current"), ("memory.limit_in_bytes", "memory.usage_in_bytes")):
        try:
            most = (folder / limit).read_text().strip()
            taken = int((folder / used).read_text())
        except OSError:
            continue
        return None if most == "max" else (int(most), max(0, taken - _cache(folder)))
    return None


def _cache(folder: Path) -> int:
    """Give the page cache that the kernel drops when memory is short."""
    try:
        rows = dict(line.split() for line in (folder / "memory.stat").read_text().splitlines())
    except OSError:
        return 0
    return int(rows.get("total_inactive_file", rows.get("inactive_file", 0)))
