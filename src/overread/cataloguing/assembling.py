"""Put a published checkpoint and the parts that it stands on into one folder that transformers loads.

Some models were published as the weights of their authors' own classes, whose arithmetic transformers has:

- MedCLIP (Wang et al., EMNLP 2022), with the Swin: two towers, its texts the mean of three layers;
- MiniGPT-4 (Zhu et al. 2023): BLIP-2's eyes and querying transformer, one linear layer, a Llama or Vicuna.

The checkpoint is a pickle; nothing but tensors and plain data is taken from it, and nothing that it holds is run.
"""

import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from pickle import UnpicklingError
from typing import Any

from overread.backends._loading import require
from overread.backends._text_layers import TEXT_LAYERS
from overread.errors import ModelRefused, UsageError

MEDCLIP_LAYERS = [1, 2, -1]
MEDCLIP_TOKENS = 77
MEDCLIP_GREYS = (0.5862785803043838, 0.27950088968644304)
"""Mean and deviation that its pictures are brought to."""
IMAGE_WORD = "<image>"
MINIGPT_TURN = (
    "{{- bos_token -}}{%- for message in messages -%}"
    "{{- {'user': '###Human: ', 'assistant': '###Assistant: '}.get(message['role'], '') -}}"
    "{%- if message['content'] is string -%}{{- message['content'] | trim -}}{%- else -%}"
    "{%- for part in message['content'] -%}"
    "{%- if part['type'] == 'image' -%}{{- '<Img>' + '<image>' * QUERIES + '</Img> ' -}}"
    "{%- else -%}{{- part['text'] | trim -}}{%- endif -%}"
    "{%- endfor -%}{%- endif -%}{%- endfor -%}{%- if add_generation_prompt -%}{{- '###Assistant: ' -}}{%- endif -%}"
)
"""Its turns, as its code writes them; a picture stands in the turn, as so many tokens as there are queries."""


@dataclass(frozen=True)
class PartsOfModel:
    """Where the parts lie."""

    weights: Path
    """The published checkpoint, a file of torch."""
    vision: Path
    """Folder with the vision tower's config.json; of MiniGPT-4, a whole BLIP-2."""
    text: Path
    """Folder with the text tower's config.json and tokenizer; of MiniGPT-4, the language model whole."""


def assemble(kind: str, parts: PartsOfModel, out: Path) -> None:
    """Write a model's folder; raise `ModelRefused` for parts that do not fit, `UsageError` for a folder in use."""
    if kind not in KINDS:
        raise UsageError(f"'{kind[:40]}' is not known; there are: {', '.join(KINDS)}")
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise UsageError(f"'{out.name}' is in use; give a folder that is empty or not there")
    torch, transformers = require(kind, "torch", "transformers")
    transformers.utils.logging.disable_progress_bar()
    half = out.with_name(f"{out.name}.part")
    shutil.rmtree(half, ignore_errors=True)
    try:
        with torch.no_grad():
            KINDS[kind](torch, transformers, parts, half)
        shutil.rmtree(out, ignore_errors=True)
        half.rename(out)
    except (OSError, ValueError, RuntimeError, KeyError, AttributeError, TypeError) as error:
        raise ModelRefused(
            f"the parts do not make a {kind} ({type(error).__name__}): "
            "give its checkpoint, and the folders that it was made on"
        ) from error
    finally:
        shutil.rmtree(half, ignore_errors=True)


def _medclip(torch: Any, transformers: Any, parts: PartsOfModel, out: Path) -> None:
    state = _tensors(torch, parts.weights)
    eyes = _tower(transformers, parts.vision, _under(state, "vision_model.model."))
    words = _tower(transformers, parts.text, _under(state, "text_model.model."))
    projection = state["text_model.projection_head.weight"]
    config = transformers.VisionTextDualEncoderConfig.from_vision_text_configs(
        eyes.config, words.config, projection_dim=projection.shape[0], **{TEXT_LAYERS: MEDCLIP_LAYERS}
    )
    model = transformers.VisionTextDualEncoderModel(config, vision_model=eyes, text_model=words)
    model.text_projection.weight.copy_(projection)
    model.visual_projection.weight.copy_(state["vision_model.projection_head.weight"])
    model.logit_scale.copy_(state["logit_scale"])
    tokenizer = transformers.AutoTokenizer.from_pretrained(parts.text, local_files_only=True)
    tokenizer.model_max_length = MEDCLIP_TOKENS
    size = {"height": eyes.config.image_size, "width": eyes.config.image_size}
    mean, deviation = MEDCLIP_GREYS
    _save(model, out, tokenizer, transformers.ViTImageProcessorPil(
        size=size, image_mean=[mean] * 3, image_std=[deviation] * 3
    ))  # fmt: skip


def _minigpt_4(torch: Any, transformers: Any, parts: PartsOfModel, out: Path) -> None:
    state = _tensors(torch, parts.weights)
    own = {"dtype": torch.float16, "local_files_only": True}
    eyes = transformers.Blip2ForConditionalGeneration.from_pretrained(parts.vision, **own)
    writer = transformers.AutoModelForCausalLM.from_pretrained(parts.text, **own)
    tokenizer = transformers.AutoTokenizer.from_pretrained(parts.text, local_files_only=True)
    tokenizer.add_tokens([IMAGE_WORD], special_tokens=True)
    _add_rows(writer, len(tokenizer))
    eyes.config.text_config = writer.config
    eyes.config.use_decoder_only_language_model = True
    eyes.config.image_token_index = tokenizer.convert_tokens_to_ids(IMAGE_WORD)
    eyes.language_model, eyes.generation_config = writer, writer.generation_config
    eyes.language_projection = torch.nn.Linear(*reversed(state["llama_proj.weight"].shape), dtype=torch.float16)
    eyes.language_projection.weight.copy_(state["llama_proj.weight"])
    eyes.language_projection.bias.copy_(state["llama_proj.bias"])
    if eyes.language_projection.out_features != writer.config.hidden_size:
        raise ValueError("the checkpoint was made on another language model")
    images = transformers.AutoImageProcessor.from_pretrained(parts.vision, local_files_only=True)
    # Without a number of queries: the template writes the picture's tokens where they belong, in the turn.
    processor = transformers.Blip2Processor(image_processor=images, tokenizer=tokenizer, num_query_tokens=None)
    processor.chat_template = MINIGPT_TURN.replace("QUERIES", str(eyes.config.num_query_tokens))
    _save(eyes, out, processor)


KINDS: Mapping[str, Callable[[Any, Any, PartsOfModel, Path], None]] = {"medclip": _medclip, "minigpt-4": _minigpt_4}


def _tensors(torch: Any, weights: Path) -> dict[str, Any]:
    try:
        content = torch.load(weights, map_location="cpu", weights_only=True)
    except UnpicklingError as error:
        raise ModelRefused(f"'{weights.name}' is no file of tensors, or holds code; it was not run") from error
    found = content.get("model", content) if isinstance(content, dict) else {}
    return {name: value for name, value in found.items() if isinstance(value, torch.Tensor)}


def _under(state: Mapping[str, Any], prefix: str) -> dict[str, Any]:
    """Give a part's weights; older files hold positions as well, which are counted anew."""
    counted = ("position_ids", "relative_position_index")
    own = {name[len(prefix) :]: value for name, value in state.items() if name.startswith(prefix)}
    return {name: value for name, value in own.items() if not name.endswith(counted)}


def _tower(transformers: Any, folder: Path, weights: dict[str, Any]) -> Any:
    config = transformers.AutoConfig.from_pretrained(folder, local_files_only=True)
    model_class = transformers.AutoModel._model_mapping[type(config)]
    model, told = model_class.from_pretrained(None, config=config, state_dict=weights, output_loading_info=True)
    if told["missing_keys"] or told["unexpected_keys"] or told["mismatched_keys"]:
        raise ValueError("the checkpoint's tower is not the one of the folder")
    return model


def _add_rows(writer: Any, words: int) -> None:
    """Make room for words that are never written: the mean of all others, so that each assembly is the same."""
    known = writer.config.vocab_size
    if words > known:
        writer.resize_token_embeddings(words, mean_resizing=False)
        for table in (writer.get_input_embeddings(), writer.get_output_embeddings()):
            table.weight[known:] = table.weight[:known].mean(0)


def _save(model: Any, out: Path, *beside: Any) -> None:
    for each in (model, *beside):
        each.save_pretrained(out)
