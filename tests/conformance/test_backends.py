"""Every backend in the folder keeps the laws of each capability that it has."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple

import pytest

from overread import plugins
from overread.backends.recorded import RecordedChat, RecordedEmbedding, RecordedLabels, RecordedSegmentation, Recording
from overread.backends.scripted import ScriptedChat, ScriptedEmbedding, ScriptedLabels, ScriptedSegmentation, Turns
from overread.ports import Backend
from overread.settings import ModelSpec, Settings
from overread.testing import tiny_models
from overread.testing.conformance import check_backend

ANSWERS = {"": {"answer": "no"}}
LATE = Turns(fault="unavailable")


class Trio(NamedTuple):
    backend: Backend
    unreachable: Backend | None = None
    garbage: Backend | None = None


def scripted_chat(_: Path) -> Trio:
    garbage = ScriptedChat(ANSWERS, turns=Turns(fault="garbage"))
    return Trio(ScriptedChat(ANSWERS), ScriptedChat(ANSWERS, turns=LATE), garbage)


def scripted_embedding(_: Path) -> Trio:
    return Trio(ScriptedEmbedding(), ScriptedEmbedding(turns=LATE))


def scripted_segmentation(_: Path) -> Trio:
    return Trio(ScriptedSegmentation(), ScriptedSegmentation(turns=LATE))


def scripted_labels(_: Path) -> Trio:
    return Trio(ScriptedLabels(), ScriptedLabels(turns=LATE), ScriptedLabels(turns=Turns(fault="garbage")))


def recorded_chat(folder: Path) -> Trio:
    trio, empty = scripted_chat(folder), Recording(folder / "empty.jsonl")
    recorder = RecordedChat(Recording(folder / "a.jsonl"), trio.backend.card, ScriptedChat(ANSWERS))
    garbage = RecordedChat(empty, trio.backend.card, ScriptedChat(ANSWERS, turns=Turns(fault="garbage")))
    return Trio(recorder, RecordedChat(empty, trio.backend.card), garbage)


def recorded_embedding(folder: Path) -> Trio:
    model = ScriptedEmbedding()
    recorder = RecordedEmbedding(Recording(folder / "a.jsonl"), model.card, model)
    return Trio(recorder, RecordedEmbedding(Recording(folder / "empty.jsonl"), model.card))


def recorded_segmentation(folder: Path) -> Trio:
    model = ScriptedSegmentation()
    recorder = RecordedSegmentation(Recording(folder / "a.jsonl"), model.card, model)
    return Trio(recorder, RecordedSegmentation(Recording(folder / "empty.jsonl"), model.card))


def recorded_labels(folder: Path) -> Trio:
    model, empty = ScriptedLabels(), Recording(folder / "empty.jsonl")
    recorder = RecordedLabels(Recording(folder / "a.jsonl"), model.card, model)
    garbage = RecordedLabels(empty, model.card, ScriptedLabels(turns=Turns(fault="garbage")))
    return Trio(recorder, RecordedLabels(empty, model.card), garbage)


def in_process(write: Callable[[Path], Path]) -> Callable[[Path], Trio]:
    def make(folder: Path) -> Trio:
        whole, damaged = write(folder / "whole"), write(folder / "damaged")
        for path in damaged.glob("*.safetensors"):
            path.write_bytes(path.read_bytes()[:1000])
        built = [
            plugins.builder("backends", "transformers")(
                ModelSpec(backend="transformers", model=str(model)), Settings(torch_threads=1)
            )
            for model in (whole, damaged)
        ]
        return Trio(*built)

    return make


MAKERS: Mapping[str, Mapping[str, Callable[[Path], Trio]]] = {
    "scripted": {
        "chat": scripted_chat,
        "embedding": scripted_embedding,
        "segmentation": scripted_segmentation,
        "labels": scripted_labels,
    },
    "recorded": {
        "chat": recorded_chat,
        "embedding": recorded_embedding,
        "segmentation": recorded_segmentation,
        "labels": recorded_labels,
    },
    "transformers": {
        "chat": in_process(tiny_models.write_vlm),
        "embedding": in_process(tiny_models.write_clip),
        "segmentation": in_process(tiny_models.write_segmenter),
        "labels": in_process(tiny_models.write_classifier),
    },
}


def test_every_backend_is_held_to_the_laws() -> None:
    assert set(MAKERS) == set(plugins.names("backends"))


@pytest.mark.parametrize(
    ("name", "capability"), [(name, capability) for name, makers in MAKERS.items() for capability in makers]
)
def test_backend_keeps_the_laws_of_its_capability(name: str, capability: str, tmp_path: Path) -> None:
    trio = MAKERS[name][capability](tmp_path)
    report = check_backend(trio.backend, unreachable=trio.unreachable, garbage=trio.garbage)
    assert not report.failed, report
    assert len(report.skipped) <= 2, report
