"""How well dictation hears: fifty synthetic lines at several levels of noise, sides and negations counted alone.

Needs `pip install 'overread[voice]'`, and espeak-ng or `pip install hibari-tts` to speak. A line counts when its words
of `dictation.watched` are those that were said, in that order; a wrong one that the page marks as in doubt is counted
beside. Nothing here is a person's voice.
"""

from pathlib import Path
from typing import Annotated

import numpy as np
import typer

from overread.dictation.doubt import doubted
from overread.dictation.sound import MOST_SECONDS
from overread.dictation.terms import USUAL
from overread.dictation.watched import WATCHED
from overread.dictation.whisper import Whisper
from overread.testing.voices import HELD_OUT, HIBARI_SPEEDS, LINES, RATE, VOICES, noisy, speak, speak_hibari

TERMS = f"Chest radiograph dictation: {', '.join(USUAL)}."


def turning(text: str) -> list[str]:
    """Give the sides and negations of a text in order."""
    return [match.group().lower() for match in WATCHED.finditer(text)]


def main(
    noise: Annotated[list[float] | None, typer.Option(help="Speech to noise in dB; 99 is none.")] = None,
    model: Annotated[Path | None, typer.Option(help="A folder with another Whisper.")] = None,
    terms: Annotated[bool, typer.Option(help="Whether the recogniser is told the usual terms.")] = True,
    voice: Annotated[str, typer.Option(help="espeak or hibari.")] = "espeak",
    held_out: Annotated[
        bool, typer.Option("--held-out", help="The fifty lines that no setting was chosen by.")
    ] = False,
) -> None:
    """Print the lines that were heard wrong, and the counts."""
    whisper, lines = Whisper(model), HELD_OUT if held_out else LINES
    for decibels in noise or [99.0, 20.0, 15.0]:
        right = marked = alarms = 0
        for number, line in enumerate(lines):
            said = spoken(voice, line, number)[: MOST_SECONDS * RATE]
            sound = said if decibels >= 99 else noisy(said, decibels, number)
            heard = whisper.hear(sound, TERMS if terms else "")
            doubts = bool(doubted(heard, whisper.hear(sound, "")))
            good = turning(heard) == turning(line)
            right, marked, alarms = right + good, marked + (doubts and not good), alarms + (doubts and good)
            if not good:
                typer.echo(f"  {line}  →  {heard}{'  (marked)' if doubts else ''}")
        told = "no noise" if decibels >= 99 else f"{decibels:g} dB"
        typer.echo(f"{voice}, {told}: sides and negations right in {right} of {len(lines)} lines")
        typer.echo(f"  marked as in doubt: {marked} of the {len(lines) - right} wrong ones, {alarms} right ones")


def spoken(voice: str, line: str, number: int) -> np.ndarray:
    """Speak a line; which voice and speed it is spoken in goes round."""
    if voice == "hibari":
        return speak_hibari(line, HIBARI_SPEEDS[number % len(HIBARI_SPEEDS)], number)
    return speak(line, *VOICES[number % len(VOICES)])


if __name__ == "__main__":
    typer.run(main)
