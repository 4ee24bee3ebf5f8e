"""Trace the networks of a model folder into ONNX graphs; needs the extra `onnx-export`."""

import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from overread import weights
from overread.backends._classifier import further_trunks, image_size_of
from overread.backends._loading import Loaded, ModelFolder, require
from overread.backends._onnx_folder import GRAPH, TEXTS
from overread.errors import Unavailable

MOST = 64
"""Texts in one question, for which the graph is traced."""


def write_graphs(model: ModelFolder, out: Path) -> None:
    """Write the graphs of a segmenter, an EfficientNet with its further trunks, or a CLIP; else raise `Unavailable`."""
    require(model.name, "onnx", "onnxscript", extra="onnx-export")
    architecture = (weights.config(model.path).get("architectures") or ["unnamed"])[0]
    if architecture == "CLIPModel":
        _write_clip(model, out)
    elif architecture == "EfficientNetModel":
        for trunk in (model, *further_trunks(model)):
            _write_trunk(trunk, out / trunk.path.relative_to(model.path))
    elif architecture.endswith("ForSemanticSegmentation"):
        size = image_size_of(model)
        with Loaded(model, "AutoModelForSemanticSegmentation").turn() as network:
            _trace(network, _masks, out / GRAPH, {"pixel_values": _noise(1, size)})
    else:
        raise Unavailable(f"model '{model.name}' is a {architecture}; only CLIP, EfficientNet and segmenters export")


def _write_trunk(trunk: ModelFolder, out: Path) -> None:
    with Loaded(trunk, "EfficientNetModel").turn() as network:
        _trace(network, _last_map, out / GRAPH, {"pixel_values": _noise(1, image_size_of(trunk))})


def _write_clip(model: ModelFolder, out: Path) -> None:
    import torch

    config = weights.config(model.path)
    length = int(config["text_config"].get("max_position_embeddings", 77))
    many, long = torch.export.Dim("many", min=1, max=MOST), torch.export.Dim("long", min=2, max=length)
    ids = torch.randint(0, int(config["text_config"]["vocab_size"]) - 2, (3, min(12, length - 1)))
    with Loaded(model, "CLIPModel").turn() as network:
        size = int(config["vision_config"].get("image_size", 224))
        _trace(network, _pictures, out / GRAPH, {"pixel_values": _noise(1, size)})
        shapes = {name: {0: many, 1: long} for name in ("input_ids", "attention_mask")}
        _trace(network, _texts, out / TEXTS, {"input_ids": ids, "attention_mask": torch.ones_like(ids)}, shapes)


def _trace(network: Any, answer: Any, path: Path, inputs: dict[str, Any], shapes: Any = None) -> None:
    import torch

    class Answering(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.network = network

    class OfPictures(Answering):
        def forward(self, pixel_values: Any) -> Any:
            return answer(self.network, pixel_values)

    class OfTexts(Answering):
        def forward(self, input_ids: Any, attention_mask: Any) -> Any:
            return answer(self.network, input_ids, attention_mask)

    traced: Answering = OfTexts() if "input_ids" in inputs else OfPictures()
    path.parent.mkdir(parents=True, exist_ok=True)
    with _quietly(), torch.inference_mode(False), torch.no_grad():
        torch.onnx.export(
            traced.eval(), (), path, kwargs=inputs, dynamo=True, dynamic_shapes=shapes, external_data=False,
            verbose=False,
        )  # fmt: skip


@contextmanager
def _quietly() -> Iterator[None]:
    """Keep to oneself what the exporter says of torchvision and of names that it changes."""
    logger = logging.getLogger("torch.onnx")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logger.setLevel(level)


def _noise(many: int, size: int) -> Any:
    import torch

    return torch.randn(many, 3, size, size, generator=torch.Generator().manual_seed(0))


def _masks(network: Any, pixel_values: Any) -> Any:
    return network(pixel_values=pixel_values).logits.sigmoid()


def _last_map(network: Any, pixel_values: Any) -> Any:
    return network(pixel_values=pixel_values, output_hidden_states=True).hidden_states[-1]


def _pictures(network: Any, pixel_values: Any) -> Any:
    import torch

    features = network.get_image_features(pixel_values=pixel_values).pooler_output
    return torch.nn.functional.normalize(features, dim=-1)


def _texts(network: Any, input_ids: Any, attention_mask: Any) -> Any:
    import torch

    features = network.get_text_features(input_ids=input_ids, attention_mask=attention_mask).pooler_output
    return torch.nn.functional.normalize(features, dim=-1)
