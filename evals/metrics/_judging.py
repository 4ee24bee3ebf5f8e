"""Ask a language model to judge pairs: first those whose answer is known, then, where it is fit, the others."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from overread.asking import ask_all
from overread.errors import BackendError
from overread.evals.metrics._fitness import known_pairs
from overread.evals.metrics._metric import Given, Measured, MetricCard, NotScored, Pair, mean_of
from overread.ports import ChatBackend, ChatRequest
from overread.prompting import Prompt

NO_JUDGE = "needs a judge: --judge-url URL --judge-model NAME, or a profile with a model in the role 'judge'"
Scores = Mapping[str, float | None]
"""Name of a figure to its value of one pair."""


class Question(Protocol):
    """What is asked about a pair, and what the answers are worth."""

    @property
    def names(self) -> tuple[str, ...]:
        """Name the figures; the first is the one by which the judge's fitness is told."""

    @property
    def prompt(self) -> Prompt:
        """Give the prompt."""

    def requests(self, pair: Pair) -> Sequence[ChatRequest]:
        """Ask about a pair."""

    def scores(self, pair: Pair, answers: Sequence[Any]) -> Scores:
        """Score the pair by the data of the answers, one for each request."""


@dataclass(frozen=True)
class Judged:
    """A metric that a language model judges."""

    card: MetricCard
    question: Question
    given: Given

    def missing(self) -> str | None:
        """Say that there is no judge."""
        return NO_JUDGE if self.given.judge is None else None

    def measure(self, pairs: Sequence[Pair]) -> Sequence[Measured] | NotScored:
        """Give the figures of a judge that is fit; a pair that it failed on is unscored and counted apart."""
        if self.given.judge is None:
            return NotScored(NO_JUDGE)
        judge = self.given.judge()
        if unfit := _unfit(judge, self.question):
            return NotScored(unfit)
        found = _ask(judge, self.question, pairs)
        errors = sum(isinstance(one, BackendError) for one in found)
        identity = f"{judge.card.model}@{judge.card.weights_digest[:12]}, {self.question.prompt.reference}"
        figures = []
        for name in self.question.names:
            samples = tuple(None if isinstance(one, BackendError) else one[name] for one in found)
            unscored = sum(sample is None for sample in samples)
            figures.append(Measured(name, samples, mean_of(samples), identity, unscored=unscored, errors=errors))
        return figures


def _unfit(judge: ChatBackend, question: Question) -> str | None:
    """Say where a judge fails a pair whose answer is known; None for one that passes them all."""
    known = tuple(known_pairs())
    found = _ask(judge, question, [one.pair for one in known])
    wrong = []
    for one, said in zip(known, found, strict=True):
        if isinstance(said, BackendError):
            wrong.append(f"{one.pair.id}: failed, {said}")
        elif not one.passes(score := said[question.names[0]]):
            wrong.append(f"{one.pair.id}: scored {'not at all' if score is None else f'{score:.2f}'}")
    if not wrong:
        return None
    return f"judge not fit: {len(wrong)} of {len(known)} pairs with a known answer are wrong, such as {wrong[0]}"


def _ask(judge: ChatBackend, question: Question, pairs: Sequence[Pair]) -> list[Scores | BackendError]:
    """Ask about all pairs together; one wrong answer leaves its pair without a score."""
    requests = [(place, request) for place, pair in enumerate(pairs) for request in question.requests(pair)]
    answers: dict[int, dict[int, Any]] = defaultdict(dict)
    failed: dict[int, BackendError] = {}
    for number, said in ask_all(judge, [request for _, request in requests]):
        place = requests[number][0]
        if isinstance(said, BackendError):
            failed[place] = said
        else:
            answers[place][number] = said.data
    return [
        failed.get(place) or question.scores(pair, [answers[place][number] for number in sorted(answers[place])])
        for place, pair in enumerate(pairs)
    ]
