"""METEOR 1.5 (Denkowski and Lavie 2014) by its own Java program, which pycocoevalcap brings with its paraphrases."""

import shutil
from collections.abc import Sequence
from importlib.metadata import version

from overread.evals.metrics._metric import Given, Measured, Metric, MetricCard, Pair, averaged, not_installed
from overread.evals.metrics._words import TOKENS, words
from overread.evals.metrics.cider import PACKAGE

CARD = MetricCard(
    name="meteor",
    title="METEOR 1.5",
    kind="text",
    better="higher",
    source="Denkowski and Lavie, WMT 2014; its jar in pycocoevalcap",
    needs="pycocoevalcap and java on the PATH",
)


class Meteor:
    """The mean of the reports' own scores; the program takes some seconds to start."""

    card = CARD

    def missing(self) -> str | None:
        """Say whether the package or Java is not here."""
        absent = not_installed("pycocoevalcap", package=PACKAGE)
        return absent or (None if shutil.which("java") else "needs java on the PATH; meteor_stem does without")

    def measure(self, pairs: Sequence[Pair]) -> Sequence[Measured]:
        """Give METEOR 1.5."""
        from pycocoevalcap.meteor.meteor import Meteor as Program

        program = Program()
        said = {place: [" ".join(words(pair.candidate))] for place, pair in enumerate(pairs)}
        truth = {place: [" ".join(words(pair.reference))] for place, pair in enumerate(pairs)}
        _, scores = program.compute_score(truth, said)
        process = program.meteor_p
        for stream in (process.stdin, process.stdout, process.stderr):
            stream.close()
        process.wait()
        identity = f"METEOR 1.5 of pycocoevalcap {version('pycocoevalcap')}, -l en -norm, {TOKENS}"
        return [averaged("METEOR", [float(score) for score in scores], identity)]


def build(given: Given) -> Metric:
    """Give the metric."""
    given.checked(CARD)
    return Meteor()
