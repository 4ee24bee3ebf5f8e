"""What is taken as sound, what the recogniser is told, and what it hears of a synthetic voice with noise."""

import io
import wave

import numpy as np
import pytest

from overread.dictation.sound import MOST_BYTES, RATE, samples_of
from overread.dictation.terms import MOST_CHARACTERS, USUAL
from overread.dictation.watched import WATCHED, watched
from overread.dictation.whisper import Whisper
from overread.errors import UsageError
from overread.testing.voices import LINES, noisy, speak
from tests.needs import require


def wav(samples: np.ndarray, rate: int = RATE, channels: int = 1, width: int = 2) -> bytes:
    written = io.BytesIO()
    with wave.open(written, "wb") as file:
        file.setframerate(rate)
        file.setnchannels(channels)
        file.setsampwidth(width)
        file.writeframes((samples * 32767).astype("<i2").tobytes())
    return written.getvalue()


TONE = 0.5 * np.sin(np.arange(RATE) / 8).astype(np.float32)


def test_a_wav_file_of_one_second_is_read_as_it_was_written() -> None:
    assert np.allclose(samples_of(wav(TONE)), TONE, atol=1e-4)


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        (b"", "not a WAV"),
        (b"RIFF\x00\x00\x00\x00WAVE", "not a WAV"),
        (b"RIFFjunk" * 100, "not a WAV"),
        (wav(TONE)[:30], "not a WAV"),
        (wav(TONE, rate=44_100), "16 kHz"),
        (wav(TONE, channels=2), "16 kHz"),
        (wav(TONE, width=1), "16 kHz"),
        (wav(TONE[:2000]), "too short"),
        (wav(np.zeros(RATE)), "nothing was heard"),
        (b"x" * (MOST_BYTES + 1), "seconds"),
    ],
)
def test_what_cannot_be_heard_is_said_in_one_line(sent: bytes, said: str) -> None:
    with pytest.raises(UsageError, match=said) as refused:
        samples_of(sent)
    assert "\n" not in str(refused.value)


def test_every_side_and_negation_of_the_lines_is_marked() -> None:
    text = "No left effusion, nor a right one; both bases without consolidation, not Leftover."
    assert [text[begin:end] for begin, end in watched(text)] == [
        "No", "left", "nor", "right", "both", "without", "not",
    ]  # fmt: skip
    assert all(watched(line) or "both" in line for line in LINES)
    assert len(LINES) == 50


def test_the_usual_terms_hold_no_word_that_turns_a_sentence() -> None:
    assert not WATCHED.search(" ".join(USUAL))
    assert len(", ".join(USUAL)) < MOST_CHARACTERS


def test_a_folder_without_a_model_is_told(tmp_path: object) -> None:
    require("voice")
    with pytest.raises(UsageError, match="dictation_model"):
        Whisper(tmp_path).hear(TONE, "")  # type: ignore[arg-type]


def test_lines_with_noise_are_heard_with_their_sides_and_negations() -> None:
    require("voice")
    whisper = Whisper()
    terms = f"Chest radiograph dictation: {', '.join(USUAL)}."
    for line in ("No pneumothorax.", "Small right pleural effusion.", "The left lung base is hazy."):
        heard = whisper.hear(noisy(speak(line), 20, 1), terms)
        assert [heard[a:b].lower() for a, b in watched(heard)] == [line[a:b].lower() for a, b in watched(line)], heard
