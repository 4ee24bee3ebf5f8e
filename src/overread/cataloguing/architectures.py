"""What a model's folder is: its family and task by its configuration, and the files that it cannot do without."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from overread.backends._clip import FAMILIES as EMBEDDING
from overread.backends._processors import FAMILIES as CHAT
from overread.backends.open_clip import CONFIG as OPEN_CLIP
from overread.cataloguing.documents import json_object
from overread.errors import ModelRefused
from overread.serving.families import TRAITS
from overread.serving.records import Engine, Family, Task
from overread.tools.segmentation import STRUCTURES

ROLES: Mapping[Task, tuple[str, ...]] = {
    "chat": ("report", "vqa"),
    "embedding": ("classification",),
    "labels": ("classifier",),
    "segmentation": ("segmentation",),
    "outline": ("outline",),
}
OUTLINING: Mapping[str, Family] = {"CLIPSegForImageSegmentation": "clipseg", "SamModel": "sam"}
WITHOUT_EYES = ("drafter", "planner")
"""Roles of a language model that sees no picture."""
NETWORK = "EfficientNetModel"
PREPARATION = ("processor_config.json", "preprocessor_config.json")
TOKENS = ("tokenizer.json", "tokenizer.model", "spiece.model", "vocab.json", "vocab.txt")
TEMPLATES = ("chat_template.jinja", "chat_template.json")


@dataclass(frozen=True)
class Kind:
    """What a model is to us."""

    architecture: str
    family: Family
    task: Task
    engine: Engine
    """`vllm` where vLLM can serve it; such a model runs in process as well."""
    backends: tuple[str, ...]
    """The backends that run it, the one of this process first."""


def kind_of(folder: Path) -> Kind:
    """Say what a folder holds; raise `ModelRefused` for what is unknown, or lacks a file that its kind needs."""
    if (folder / OPEN_CLIP).is_file():
        return Kind("OpenCLIP", "open-clip", "embedding", "in-process", ("open_clip",))
    config = json_object(folder, "config.json")
    named = config.get("architectures")
    architecture = str(named[0]) if isinstance(named, list) and named else "model without a named architecture"
    kind = _known(architecture, config)
    _require_files(folder, config, kind)
    return kind


def _known(architecture: str, config: Mapping[str, Any]) -> Kind:
    model_type = str(config.get("model_type"))
    both = ("transformers", "vllm")
    if architecture in EMBEDDING:
        family = EMBEDDING[architecture]
        if family == "dual-encoder":
            return Kind(architecture, family, "embedding", "in-process", ("transformers",))
        return Kind(architecture, family, "embedding", "vllm", both)
    if architecture == NETWORK:
        return Kind(architecture, "efficientnet", "labels", "in-process", ("transformers",))
    if architecture in OUTLINING:
        return Kind(architecture, OUTLINING[architecture], "outline", "in-process", ("transformers",))
    if architecture.endswith("ForSemanticSegmentation"):
        return Kind(architecture, "segmenter", "segmentation", "in-process", ("transformers",))
    if model_type in CHAT and architecture.endswith("ForConditionalGeneration"):
        if model_type == "blip-2" and _writer(config) != "opt":
            # vLLM puts the picture before an OPT's text; MiniGPT-4 has it within, and a T5 is not served.
            return Kind(architecture, CHAT[model_type], "chat", "in-process", ("transformers",))
        return Kind(architecture, CHAT[model_type], "chat", "vllm", both)
    if architecture.endswith("ForCausalLM"):
        return Kind(architecture, "llm", "chat", "vllm", both)
    known = (
        *EMBEDDING,
        *OUTLINING,
        NETWORK,
        "*ForSemanticSegmentation",
        "*ForCausalLM",
        f"*ForConditionalGeneration of {', '.join(CHAT)}",
    )
    raise ModelRefused(
        f"it is a {architecture[:80]} of the type '{model_type[:40]}', which no backend here is known to run; "
        f"known are {', '.join(known)}, and folders of OpenCLIP"
    )


def _writer(config: Mapping[str, Any]) -> str:
    text = config.get("text_config")
    return str(text.get("model_type", "opt")) if isinstance(text, dict) else "opt"


def _require_files(folder: Path, config: Mapping[str, Any], kind: Kind) -> None:
    wanted: dict[Task, tuple[tuple[str, ...], ...]] = {
        "chat": (PREPARATION, TOKENS),
        "embedding": (PREPARATION, TOKENS),
        "labels": (("heads.json",), ("heads.safetensors",)),
        "segmentation": (),
        "outline": (PREPARATION, *((TOKENS,) if kind.family == "clipseg" else ())),
    }
    for names in (TOKENS,) if kind.family == "llm" else wanted[kind.task]:
        if not any((folder / name).is_file() for name in names):
            raise ModelRefused(f"{' or '.join(names)} is missing in '{folder.name}', without which it cannot be run")
    if kind.task == "chat" and not _has_template(folder, kind.family):
        raise ModelRefused(f"'{folder.name}' has no chat template; put its chat_template.jinja beside the weights")
    if kind.task == "segmentation":
        _require_structures(folder, config)


def _has_template(folder: Path, family: Family) -> bool:
    if TRAITS[family].template is not None or any((folder / name).is_file() for name in TEMPLATES):
        return True
    names = [name for name in ("tokenizer_config.json", "processor_config.json") if (folder / name).is_file()]
    return any(json_object(folder, name).get("chat_template") for name in names)


def _require_structures(folder: Path, config: Mapping[str, Any]) -> None:
    labels = config.get("id2label")
    names = list(labels.values()) if isinstance(labels, dict) else []
    if not isinstance(config.get("image_size"), int) or not set(STRUCTURES) & {str(name) for name in names}:
        raise ModelRefused(
            f"config.json of '{folder.name}' must name an image_size, and in id2label at least one of "
            f"{', '.join(STRUCTURES)}: the segmentation tool keeps no other structure"
        )
