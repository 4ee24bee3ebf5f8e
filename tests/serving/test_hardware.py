"""What there is to serve on."""

from pathlib import Path
from types import SimpleNamespace

import psutil
import pytest

from overread.serving.hardware import _read, devices, gpus, memory

GIB = 2**30


def group(folder: Path, **files: object) -> Path:
    folder.mkdir(exist_ok=True)
    for name, content in files.items():
        (folder / name.replace("__", ".")).write_text(f"{content}\n")
    return folder


def test_the_memory_comes_last_and_is_that_of_the_machine_or_less() -> None:
    last = devices()[-1]
    assert last.index is None
    assert 0 < last.free <= last.total <= psutil.virtual_memory().total


def test_a_container_with_a_limit_has_no_more_than_that(tmp_path: Path) -> None:
    cgroups = group(
        tmp_path,
        memory__max=GIB,
        memory__current=700 * 2**20,
        memory__stat=f"anon 1\ntotal_inactive_file 0\ninactive_file {200 * 2**20}",
    )
    found = memory(cgroups)
    assert found.total == GIB
    assert found.free == GIB - 700 * 2**20


def test_what_the_page_cache_holds_is_free(tmp_path: Path) -> None:
    cgroups = group(tmp_path, memory__max=GIB, memory__current=700 * 2**20, memory__stat=f"inactive_file {200 * 2**20}")
    assert memory(cgroups).free == GIB - 500 * 2**20


def test_the_older_control_groups_are_read_too(tmp_path: Path) -> None:
    (tmp_path / "memory").mkdir()
    group(tmp_path / "memory", memory__limit_in_bytes=GIB, memory__usage_in_bytes=GIB // 2)
    assert memory(tmp_path).total == GIB
    assert memory(tmp_path).free == GIB // 2


@pytest.mark.parametrize("files", [{}, {"memory__max": "max", "memory__current": 1}, {"memory__max": 2**62}])
def test_without_a_limit_the_machine_counts(tmp_path: Path, files: dict[str, object]) -> None:
    assert memory(group(tmp_path, **files)).total == psutil.virtual_memory().total


def two_cards() -> SimpleNamespace:
    """NVML's functions as its Python binding gives them, for a machine with two GPUs."""
    figures = SimpleNamespace(total=24 * GIB, reserved=GIB // 2, free=20 * GIB)
    return SimpleNamespace(
        nvmlMemory_v2=2,
        nvmlDeviceGetCount=lambda: 2,
        nvmlDeviceGetHandleByIndex=lambda index: index,
        nvmlDeviceGetUUID=lambda handle: f"GPU-{handle}{handle}{handle}-uuid",
        nvmlDeviceGetName=lambda handle: f"card {handle}",
        nvmlDeviceGetMemoryInfo=lambda handle, version: figures,
    )


def test_a_gpu_has_what_its_driver_does_not_reserve() -> None:
    first, second = _read(two_cards(), {})
    assert (first.index, second.index) == (0, 1)
    assert (first.name, first.total, first.free) == ("card 0", 24 * GIB - GIB // 2, 20 * GIB)


@pytest.mark.parametrize(
    ("allowed", "indices"), [("1", [1]), ("0, 1", [0, 1]), ("GPU-000", [0]), ("", []), ("-1", []), ("10", [])]
)
def test_only_the_devices_that_this_process_may_use_are_given(allowed: str, indices: list[int]) -> None:
    assert [device.index for device in _read(two_cards(), {"CUDA_VISIBLE_DEVICES": allowed})] == indices


def test_devices_that_are_hidden_are_not_given_whatever_the_machine_has() -> None:
    assert gpus({"CUDA_VISIBLE_DEVICES": ""}) == ()
