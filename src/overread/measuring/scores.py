"""Look at films with a model that scores labels."""

from collections.abc import Sequence

from overread.errors import AnswerInvalid
from overread.measuring.film import Film, Films
from overread.measuring.results import Results, Tick, each, where
from overread.measuring.studio import Studio
from overread.measuring.tables import Seen, add_scores
from overread.measuring.voices import Scorer, Scores, as_data, clip_scorer, network_scorer


def score_by_network(studio: Studio, films: Films, tick: Tick, results: Results) -> None:
    """Measure the network with a fixed set of labels that plays `classifier`."""
    _score(studio, network_scorer(studio.parts.labels("classifier")), films, tick, results)


def score_by_clip(studio: Studio, films: Films, tick: Tick, results: Results) -> None:
    """Measure the CLIP that plays `classification`: its heads and its prompts."""
    score, prompts = clip_scorer(studio.parts.embedding("classification"))
    _score(studio, score, films, tick, results)
    # The tool asks by no prompts whose worth was not measured.
    measured = {label for table in results.tables.trust.values() for label in table}
    results.prompts = {label: entry for label, entry in as_data(prompts).items() if label in measured}


def _score(studio: Studio, score: Scorer, films: Films, tick: Tick, results: Results) -> None:
    said: list[tuple[Film, Scores]] = []
    for film in each(films.films, tick):
        picture = studio.picture(film)
        if picture is None:
            continue
        try:
            said.append((film, score(picture)))
        except AnswerInvalid:
            studio.refused["no number of the model"] += 1
    results.shown = max(results.shown, len(said))
    for voter, label in _voices(said):
        known = [(film, told[voter][label]) for film, told in said if label in film.labels and label in told[voter]]
        seen = Seen.of([film for film, _ in known], label, [value for _, value in known])
        results.tables.seen.setdefault(voter, {})[label] = seen
        if known:
            add_scores(results.tables, voter, label, seen, where(len(said)))


def _voices(said: Sequence[tuple[Film, Scores]]) -> list[tuple[str, str]]:
    """List each voter with each label that it scored, in the order in which they were said."""
    pairs = ((name, label) for _, told in said for name, labels in told.items() for label in labels)
    return list(dict.fromkeys(pairs))
