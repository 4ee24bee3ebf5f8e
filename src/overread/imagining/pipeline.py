"""A diffusers pipeline of the operator's own: a folder on this machine. Nothing is downloaded, no code of it is run.

What such a pipeline draws nobody knows: what was asked for is no truth of the picture.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from overread import weights
from overread.errors import UsageError

INDEX = "model_index.json"
EXTRA = "pip install 'overread[diffusion]'"
STEPS = 30
LONGEST = 1000
DAMAGE = (OSError, ValueError, RuntimeError, KeyError, TypeError, AttributeError, ImportError)
"""What the library raises on files that are missing, cut, pickled, or of another pipeline."""


@dataclass(frozen=True)
class Pipeline:
    """A text-to-image pipeline that was loaded."""

    name: str
    """The folder's own name, and the pipeline's class."""
    weights_digest: str
    loaded: Any
    steps: int = STEPS

    @classmethod
    def of_folder(cls, folder: Path, steps: int = STEPS) -> "Pipeline":
        """Load a pipeline as `save_pretrained` of diffusers writes it: safetensors alone, no code beside them.

        Raises `UsageError` where there is none, or the extra is not installed.
        """
        if not (folder / INDEX).is_file():
            raise UsageError(f"--pipeline: '{folder.name}' has no {INDEX}; give a folder that diffusers has saved")
        library = _diffusers()
        try:
            loaded = library.DiffusionPipeline.from_pretrained(
                str(folder),
                local_files_only=True,
                use_safetensors=True,
                trust_remote_code=False,
                low_cpu_mem_usage=False,  # what it would take is accelerate
            )
        except DAMAGE as error:
            raise UsageError(f"--pipeline: '{folder.name}' cannot be loaded ({type(error).__name__})") from error
        loaded.set_progress_bar_config(disable=True)
        return cls(f"{folder.name} ({type(loaded).__name__})", weights.digest(folder), loaded, steps)

    def image(self, words: str, seed: int) -> NDArray[np.uint8]:
        """Draw words as 8-bit grey [rows, columns]; the same words and seed give the same picture on one machine.

        Raises `UsageError` for words without text or too long, and where the pipeline draws no picture of them.
        """
        import torch

        plain = " ".join(words.split())
        if not plain or len(plain) > LONGEST:
            raise UsageError(f"say in 1 to {LONGEST} letters what the picture is to show")
        try:
            given = self.loaded(
                plain,
                num_inference_steps=self.steps,
                generator=torch.Generator().manual_seed(seed),
                output_type="np",
            ).images[0]
        except DAMAGE as error:
            raise UsageError(f"--pipeline: {self.name} draws nothing ({type(error).__name__})") from error
        return _grey(np.asarray(given, np.float32))


def _grey(given: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Turn [rows, columns, 1 or 3], 0 to 1, into grey levels."""
    if given.ndim != 3 or given.shape[2] not in (1, 3) or min(given.shape[:2]) < 1 or not np.isfinite(given).all():
        raise UsageError("--pipeline: what it gives is no picture")
    return np.asarray(np.rint(np.clip(given.mean(axis=2), 0, 1) * 255), np.uint8)


def _diffusers() -> Any:
    try:
        import diffusers
    except ImportError as error:
        raise UsageError(f"--pipeline needs diffusers: {EXTRA}") from error
    return diffusers
