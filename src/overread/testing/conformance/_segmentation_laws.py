"""The laws of a segmentation backend."""

from collections.abc import Iterator

import numpy as np

from overread.ports import SegmentationBackend
from overread.testing.conformance._backend_trial import BackendTrial, breach_when_unreachable
from overread.testing.doubles import make_picture

Trial = BackendTrial[SegmentationBackend]


def law_card_is_complete(trial: Trial) -> Iterator[str]:
    """The card names the backend, the model, its weights and the capability."""
    card = trial.backend.card
    if not (card.backend and card.model and card.weights_digest) or card.capability != "segmentation":
        yield f"the card is {card}"


def law_maps_are_probabilities_of_every_pixel(trial: Trial) -> Iterator[str]:
    """Each structure's map is float32, 0 to 1, of the size of the picture, wide or tall."""
    for rows, columns in ((96, 160), (160, 96)):
        maps = trial.backend.segment(make_picture(1, rows, columns))
        if not maps:
            yield "no structure was given"
        for name, plane in maps.items():
            if plane.shape != (rows, columns) or plane.dtype != np.float32:
                yield f"{name} is {plane.dtype} {plane.shape}"
            elif not (plane.min() >= 0 and plane.max() <= 1):
                yield f"{name} leaves 0 to 1"


def law_same_picture_same_maps(trial: Trial) -> Iterator[str]:
    """The same picture has the same maps."""
    one, two = trial.backend.segment(make_picture()), trial.backend.segment(make_picture())
    if set(one) != set(two) or any(not np.allclose(one[name], two[name], atol=1e-5) for name in one):
        yield "two maps differ"


def law_unreachable_is_unavailable(trial: Trial) -> Iterator[str]:
    """A model that is late or gone raises Unavailable."""
    if breach := breach_when_unreachable(trial.unreachable, lambda backend: backend.segment(make_picture())):
        yield breach
