"""Many small phantoms in the shapes that people keep images in, and processes that read them."""

from collections.abc import Callable, Iterator
from multiprocessing.process import BaseProcess
from pathlib import Path

import pytest
from PIL import Image

from overread.testing.phantoms import render, sample_recipe, to_display, write_study
from tests.graphs import processes

SIDE = 64
"""Rows of the first film."""


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    """A folder of three loose pictures, one of them broken, and a file that is none."""
    folder = tmp_path / "pictures"
    folder.mkdir()
    for number in (1, 2):
        shown = to_display(render(sample_recipe(number, view="PA"), 128))
        Image.fromarray(shown).save(folder / f"{number}.png")
    (folder / "3.png").write_bytes(b"no picture")
    (folder / "notes.txt").write_text("not an image")
    return folder


@pytest.fixture
def studies(tmp_path: Path) -> Path:
    """A folder with two studies of two views each in it, and a third in a folder of its own."""
    root = tmp_path / "studies"
    for number in (11, 12):
        views = [sample_recipe(number, view="PA"), sample_recipe(number, view="LATERAL")]
        for index, path in enumerate(write_study(root / "draft", views, size=64)):
            path.rename(root / f"{number}-{index}.dcm")
    (root / "draft").rmdir()
    write_study(root / "third", sample_recipe(13, view="PA"), size=64)
    return root


@pytest.fixture
def films(tmp_path: Path) -> Callable[[int], Path]:
    """Give a folder of so many small films, each of another size."""

    def draw(count: int) -> Path:
        folder = tmp_path / "films"
        folder.mkdir()
        for number in range(count):
            shown = to_display(render(sample_recipe(number, view="PA", flipped=False), SIDE + number))
            Image.fromarray(shown).save(folder / f"{number}.png")
        return folder

    return draw


@pytest.fixture
def started() -> Iterator[Callable[..., BaseProcess]]:
    """Start processes that do not outlive the test."""
    running: list[BaseProcess] = []

    def start(*arguments: object) -> BaseProcess:
        running.append(processes.start(*arguments))  # type: ignore[arg-type]
        return running[-1]

    yield start
    for process in running:
        process.kill()
        process.join()
