"""What a browser or a file may send to be heard: some seconds of mono sound, and nothing that must be decoded."""

import io
import wave

import numpy as np

from overread.dictation import Samples
from overread.errors import UsageError

RATE = 16_000
"""Samples a second."""
MOST_SECONDS = 30
"""What the recogniser looks at in one piece; a sentence takes a third of it."""
MOST_BYTES = MOST_SECONDS * RATE * 2 + 1024
"""Of 16-bit samples, with a header."""
LEAST_SECONDS = 0.3
QUIET = 0.004
"""Peak, of 1, below which nothing was said: of silence a recogniser makes up words."""


def samples_of(sent: bytes) -> Samples:
    """Read a WAV file of 16 kHz, mono, 16 bits; raises `UsageError` for any other, and for too long, short or quiet."""
    if len(sent) > MOST_BYTES:
        raise UsageError(f"that is more than {MOST_SECONDS} seconds; say one sentence")
    try:
        with wave.open(io.BytesIO(sent)) as file:
            form = (file.getframerate(), file.getnchannels(), file.getsampwidth())
            frames = file.readframes(file.getnframes())
    except (wave.Error, EOFError):
        raise UsageError("this is not a WAV file") from None
    if form != (RATE, 1, 2):
        raise UsageError("a WAV file of 16 kHz, mono, 16 bits is needed")
    samples = np.frombuffer(frames[: len(frames) // 2 * 2], "<i2").astype(np.float32) / np.float32(32768)
    if len(samples) < LEAST_SECONDS * RATE:
        raise UsageError("that was too short; hold the button while you speak")
    if float(np.abs(samples).max()) < QUIET:
        raise UsageError("nothing was heard; is the microphone on?")
    return samples
