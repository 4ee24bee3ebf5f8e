"""Models in this process: Hugging Face folders on the CPU, or the GPU where there is one, without a network.

The folder's `config.json` says what the model is: a vision-language model answers, a CLIP or SigLIP embeds, a segmenter
segments, a CLIPSeg or SAM outlines what it is prompted by, an EfficientNet scores the labels of the heads beside it, a
language model without eyes words and plans.
`build` reads the folder only; torch and the weights load at the first question.

Parameters of the profile: `device` (`cpu`, `cuda`; else what there is).
"""

from overread import weights
from overread.backends._classifier import ClassifierBackend
from overread.backends._clip import FAMILIES as EMBEDDING
from overread.backends._clip import ClipBackend
from overread.backends._clipseg import ClipSegBackend
from overread.backends._loading import ModelFolder
from overread.backends._sam import SamBackend
from overread.backends._segmenter import SegmenterBackend
from overread.backends._text import TextBackend
from overread.backends._vlm import VlmBackend
from overread.errors import Unavailable
from overread.ports import Backend
from overread.serving.catalogue import folder_of, is_known
from overread.settings import ModelSpec, Settings

OUTLINING: dict[str, type[ClipSegBackend] | type[SamBackend]] = {
    "CLIPSegForImageSegmentation": ClipSegBackend,
    "SamModel": SamBackend,
}


def build(spec: ModelSpec, settings: Settings) -> Backend:
    """Give the backend that the model's architecture calls for; raise `Unavailable` when there is no such folder."""
    path = folder_of(spec.model, settings)
    architecture = (weights.config(path).get("architectures") or ["unnamed"])[0]
    model = ModelFolder(
        name=spec.model if is_known(spec.model, settings) else path.name,
        path=path,
        device=str(spec.parameters.get("device") or "auto"),
        threads=settings.torch_threads,
        seconds=max(settings.tool_seconds, *settings.tool_seconds_by_name.values(), 0.0),
    )
    if architecture in EMBEDDING:
        return ClipBackend(model, architecture)
    if architecture == "EfficientNetModel":
        return ClassifierBackend(model)
    if architecture.endswith("ForSemanticSegmentation"):
        return SegmenterBackend(model)
    if architecture in OUTLINING:
        return OUTLINING[architecture](model)
    if architecture.endswith("ForConditionalGeneration"):
        return VlmBackend(model)
    if architecture.endswith("ForCausalLM"):
        return TextBackend(model)
    raise Unavailable(
        f"model '{path.name}' is a {architecture}, which this backend cannot use; "
        f"it takes {', '.join(EMBEDDING)}, EfficientNetModel, {', '.join(OUTLINING)}, "
        "*ForSemanticSegmentation, *ForConditionalGeneration "
        "and *ForCausalLM"
    )
