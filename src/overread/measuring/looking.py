"""Look at every film with one model, in each role that it plays."""

from collections.abc import Callable, Sequence

from overread.measuring.answers import ask, read_reports_of
from overread.measuring.film import Films
from overread.measuring.masks import segment
from overread.measuring.outlines import outline
from overread.measuring.results import Results, Tick
from overread.measuring.scores import score_by_clip, score_by_network
from overread.measuring.studio import Studio
from overread.ports import BackendCard, Capability

ROLES: dict[Capability, tuple[str, ...]] = {
    "labels": ("classifier",),
    "embedding": ("classification",),
    "chat": ("report", "vqa"),
    "segmentation": ("segmentation",),
    "outline": ("outline",),
}
"""What a model can do, to the roles in which it is measured."""
LOOKS: dict[str, Callable[[Studio, Films, Tick, Results], None]] = {
    "classifier": score_by_network,
    "classification": score_by_clip,
    "report": read_reports_of,
    "vqa": ask,
    "segmentation": segment,
    "outline": outline,
}
"""Role to the way of looking; each adds to the results."""


def look(studio: Studio, model: BackendCard, roles: Sequence[str], films: Films, tick: Tick) -> Results:
    """Look at the films with a model of the studio; raise `Unavailable` when it cannot be had."""
    results = Results(model)
    for role in roles:
        LOOKS[role](studio, films, tick, results)
    return results
