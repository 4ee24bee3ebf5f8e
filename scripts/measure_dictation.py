"""How well dictation hears: fifty synthetic lines at several levels of noise, sides and negations counted alone.

Needs espeak-ng and `pip install 'overread[voice]'`. A line counts when its words of `dictation.watched` are those that
were said, in that order. Nothing here is a person's voice.
"""

from pathlib import Path
from typing import Annotated

import typer

from overread.dictation.sound import MOST_SECONDS
from overread.dictation.terms import USUAL
from overread.dictation.watched import WATCHED
from overread.dictation.whisper import Whisper
from overread.testing.voices import LINES, RATE, VOICES, noisy, speak

TERMS = f"Chest radiograph dictation: {', '.join(USUAL)}."


def turning(text: str) -> list[str]:
    """Give the sides and negations of a text in order."""
    return [match.group().lower() for match in WATCHED.finditer(text)]


def main(
    noise: Annotated[list[float] | None, typer.Option(help="Speech to noise in dB; 99 is none.")] = None,
    model: Annotated[Path | None, typer.Option(help="A folder with another Whisper.")] = None,
    terms: Annotated[bool, typer.Option(help="Whether the recogniser is told the usual terms.")] = True,
) -> None:
    """Print the lines that were heard wrong, and the counts."""
    whisper = Whisper(model)
    for decibels in noise or [99.0, 20.0, 15.0]:
        right = 0
        for number, line in enumerate(LINES):
            voice, speed = VOICES[number % len(VOICES)]
            said = speak(line, voice, speed)[: MOST_SECONDS * RATE]
            heard = whisper.hear(said if decibels >= 99 else noisy(said, decibels, number), TERMS if terms else "")
            right += turning(heard) == turning(line)
            if turning(heard) != turning(line):
                typer.echo(f"  {voice}: {line}  →  {heard}")
        told = "no noise" if decibels >= 99 else f"{decibels:g} dB"
        typer.echo(f"{told}: sides and negations right in {right} of {len(LINES)} lines")


if __name__ == "__main__":
    typer.run(main)
