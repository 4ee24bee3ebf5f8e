"""Load what stands before a vision-language model: tokenizer, picture processor and chat template of its family."""

from inspect import signature
from typing import Any

from overread import weights
from overread.backends._loading import ModelFolder, require
from overread.errors import Unavailable
from overread.serving.families import TRAITS, Traits
from overread.serving.records import Family

FAMILIES: dict[str, Family] = {
    "llava": "llava",
    "llava_onevision": "llava-onevision",
    "qwen2_5_vl": "qwen2.5-vl",
    "gemma3": "gemma3",
    "blip-2": "blip-2",
}
"""transformers' model type to our family."""
WITH_VIDEOS = {"llava_onevision": "LlavaOnevisionProcessor", "qwen2_5_vl": "Qwen2_5_VLProcessor"}


def load_processor(folder: ModelFolder) -> Any:
    """Load a folder's processor, with our chat template where its family has none of its own."""
    transformers = require(folder.name, "transformers")[0]
    video_class = WITH_VIDEOS.get(weights.config(folder.path).get("model_type", ""))
    if video_class is None:
        processor = transformers.AutoProcessor.from_pretrained(folder.path, local_files_only=True)
    else:
        processor = _without_videos(getattr(transformers, video_class), folder, transformers)
    # Blip2Processor leaves the folder's own template where it lies.
    for template in (folder.path / "chat_template.jinja", traits_of(folder).template):
        if processor.chat_template is None and template is not None and template.is_file():
            processor.chat_template = template.read_text(encoding="utf-8")
    if processor.chat_template is None:
        raise Unavailable(f"model '{folder.name}' has no chat template; put its chat_template.jinja beside the weights")
    return processor


def traits_of(folder: ModelFolder) -> Traits:
    """Give the traits of a folder's family; a family that is not known has no control words but its tokenizer's."""
    config = weights.config(folder.path)
    if str((config.get("architectures") or [""])[0]).endswith("ForCausalLM"):
        return TRAITS["llm"]
    family = FAMILIES.get(config.get("model_type", ""))
    return Traits(()) if family is None else TRAITS[family]


def _without_videos(processor: Any, folder: ModelFolder, transformers: Any) -> Any:
    """Build a processor that would want a video processor, and for it torchvision: no question holds a video."""

    class Still(processor):  # type: ignore[misc]
        def __init__(self, image_processor: Any, tokenizer: Any, **settings: Any) -> None:
            super().__init__(image_processor, tokenizer, **settings)

    settings, _ = processor.get_processor_dict(folder.path, local_files_only=True)
    accepted = signature(processor.__init__).parameters.keys() - {"image_processor", "tokenizer", "video_processor"}
    return Still(
        transformers.AutoImageProcessor.from_pretrained(folder.path, local_files_only=True),
        transformers.AutoTokenizer.from_pretrained(folder.path, local_files_only=True),
        **{name: settings[name] for name in accepted & settings.keys()},
    )
