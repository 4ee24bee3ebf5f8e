"""Exported models in this process by ONNX Runtime, on the CPU: neither torch nor transformers is imported.

`model` is a name of the catalogue whose graphs `overread models export` put into `<home>/models/onnx`, or the folder of
an export. A CLIP embeds, a segmenter segments, EfficientNets score labels; graphs load at the first question.
"""

from overread import weights
from overread.backends._classifier import ClassifierBackend
from overread.backends._onnx_folder import open_export
from overread.backends._onnx_models import OnnxClip, OnnxSegmenter, OnnxTrunk
from overread.errors import Unavailable
from overread.ports import Backend
from overread.settings import ModelSpec, Settings


def build(spec: ModelSpec, settings: Settings) -> Backend:
    """Give the backend of an export; raise `Unavailable` where it is missing, damaged, or of other weights."""
    folder = open_export(spec.model, settings)
    architecture = (weights.config(folder.path).get("architectures") or ["unnamed"])[0]
    if architecture == "CLIPModel":
        return OnnxClip(folder)
    if architecture == "EfficientNetModel":
        return ClassifierBackend(folder, OnnxTrunk)
    if architecture.endswith("ForSemanticSegmentation"):
        return OnnxSegmenter(folder)
    raise Unavailable(
        f"model '{folder.name}' is a {architecture}, which this backend cannot use; "
        "it takes exports of CLIPModel, EfficientNetModel and *ForSemanticSegmentation"
    )
