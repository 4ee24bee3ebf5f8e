"""Every backend in the folder keeps the laws of each capability that it has."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from hashlib import sha256
from importlib import import_module
from math import nan
from pathlib import Path
from shutil import copytree
from types import ModuleType
from typing import NamedTuple

import pytest
import yaml

from overread import plugins
from overread.backends.recorded import RecordedChat, RecordedEmbedding, RecordedLabels, RecordedSegmentation, Recording
from overread.backends.scripted import ScriptedChat, ScriptedEmbedding, ScriptedLabels, ScriptedSegmentation, Turns
from overread.ports import Backend
from overread.serving.catalogue import entry
from overread.settings import ModelSpec, Settings
from overread.testing.conformance import check_backend
from overread.testing.model_server import Fault, ModelServer
from tests.needs import require

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


def in_process(write: str) -> Callable[[Path], Trio]:
    def make(folder: Path) -> Trio:
        require("torch")
        write_to = getattr(import_module("overread.testing.tiny_models"), write)
        whole, damaged = write_to(folder / "whole"), write_to(folder / "damaged")
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


def exported(write: str) -> Callable[[Path], Trio]:
    """A tiny model as graphs, and a copy of them that is cut."""

    def make(folder: Path) -> Trio:
        require("onnx")
        source = getattr(import_module("overread.testing.tiny_models"), write)(folder / "source")
        settings = Settings(home=folder / "home", torch_threads=1)
        made = Path(import_module("overread.cataloguing.exporting").export(str(source), settings)["path"])
        cut = Path(copytree(made, folder / "cut"))
        for graph in cut.rglob("*.onnx"):
            graph.write_bytes(graph.read_bytes()[:1000])
        return Trio(*(in_this_process("onnx", str(model), settings) for model in (made, cut)))

    return make


SERVERS = ExitStack()


@pytest.fixture(autouse=True, scope="module")
def _servers() -> Iterator[None]:
    """Stop the model servers that the makers started."""
    with SERVERS:
        yield


def served(model: str, *faults: Fault) -> Callable[[Path], Trio]:
    """A model behind real HTTP; out of reach is a port that nobody listens at, nonsense a server's fault."""

    def make(_: Path) -> Trio:
        with ModelServer() as gone:
            urls = [gone.url]
        for fault in (None, *faults):
            server = SERVERS.enter_context(ModelServer(ScriptedChat(ANSWERS), dimension=256))
            server.misbehave(fault)
            urls.append(server.url)
        unreachable, *built = [
            plugins.builder("backends", "vllm")(ModelSpec(backend="vllm", model=model, url=url), Settings())
            for url in urls
        ]
        return Trio(built[0], unreachable, *built[1:])

    return make


def open_clip_embedding(folder: Path) -> Trio:
    tiny = foreign("open_clip")
    models = [tiny.write_open_clip(folder / name) for name in ("whole", "damaged")]
    (models[1] / "open_clip_model.safetensors").write_bytes(b"cut")
    return Trio(*(in_this_process("open_clip", str(model), Settings(torch_threads=1)) for model in models))


def xrv_labels(folder: Path) -> Trio:
    tiny = foreign("torchxrayvision")
    write = tiny.write_densenet
    digests = [write(folder / "0"), write(folder / "1"), write(folder / "2", bias=[nan] * 18)]
    for cut in (folder / "1").iterdir():
        cut.write_bytes(b"cut")
        digests[1] = sha256(b"cut").hexdigest()
    return Trio(*(xrv("txrv-densenet", folder / str(number), digest) for number, digest in enumerate(digests)))


def xrv_segmentation(folder: Path) -> Trio:
    tiny = foreign("torchxrayvision")
    digests = [tiny.write_pspnet(folder / "0"), tiny.write_pspnet(folder / "1")]
    for cut in (folder / "1").iterdir():
        cut.write_bytes(b"cut")
        digests[1] = sha256(b"cut").hexdigest()
    return Trio(*(xrv("txrv-pspnet", folder / str(number), digest) for number, digest in enumerate(digests)))


def xrv(model: str, folder: Path, digest: str) -> Backend:
    """A network of random weights in a folder, pinned by a catalogue beside it."""
    catalogue = folder.parent / f"catalogue-{folder.name}"
    catalogue.mkdir()
    content = entry(model, Settings()).model_dump(mode="json", exclude={"name"})
    (catalogue / f"{model}.yaml").write_text(yaml.safe_dump({**content, "revision": digest}))
    settings = Settings(torch_threads=1, catalogue_dir=catalogue)
    return in_this_process("torchxrayvision", model, settings, folder=str(folder))


def in_this_process(backend: str, model: str, settings: Settings, **parameters: str) -> Backend:
    spec = ModelSpec(backend=backend, model=model, parameters={"device": "cpu", **parameters})
    built: Backend = plugins.builder("backends", backend)(spec, settings)
    return built


def foreign(library: str) -> ModuleType:
    """Give the writers of another library's models; without the library, an extra, the test is skipped."""
    require(library)
    return import_module("overread.testing.tiny_foreign")


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
        "chat": in_process("write_vlm"),
        "embedding": in_process("write_clip"),
        "segmentation": in_process("write_segmenter"),
        "labels": in_process("write_classifier"),
    },
    "onnx": {
        "embedding": exported("write_clip"),
        "segmentation": exported("write_segmenter"),
        "labels": exported("write_classifier"),
    },
    "open_clip": {"embedding": open_clip_embedding},
    "torchxrayvision": {"labels": xrv_labels, "segmentation": xrv_segmentation},
    "vllm": {
        "chat": served("vlm", "garbage"),
        "embedding": served("clip", "nan"),
    },
}


def test_every_backend_is_held_to_the_laws() -> None:
    assert set(MAKERS) == set(plugins.names("backends"))


@pytest.mark.filterwarnings("ignore:.*upsample. is deprecated:UserWarning")
@pytest.mark.parametrize(
    ("name", "capability"), [(name, capability) for name, makers in MAKERS.items() for capability in makers]
)
def test_backend_keeps_the_laws_of_its_capability(name: str, capability: str, tmp_path: Path) -> None:
    trio = MAKERS[name][capability](tmp_path)
    report = check_backend(trio.backend, unreachable=trio.unreachable, garbage=trio.garbage)
    assert not report.failed, report
    assert len(report.skipped) <= 2, report
