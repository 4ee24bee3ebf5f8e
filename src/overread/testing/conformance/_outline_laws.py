"""The laws of a model that outlines what it is prompted by."""

from collections.abc import Iterator

import numpy as np

from overread.ports import OutliningBackend
from overread.records import Region
from overread.testing.conformance._backend_trial import BackendTrial, breach_when_unreachable
from overread.testing.doubles import make_picture

Trial = BackendTrial[OutliningBackend]
BOX = Region(x=20, y=30, width=40, height=50)


def law_card_is_complete(trial: Trial) -> Iterator[str]:
    """The card names the backend, the model, its weights and the capability; a prompt is words or a box."""
    card = trial.backend.card
    if not (card.backend and card.model and card.weights_digest) or card.capability != "outline":
        yield f"the card is {card}"
    if trial.backend.takes not in ("words", "box"):
        yield f"it takes {trial.backend.takes}"


def law_map_is_a_probability_at_every_pixel(trial: Trial) -> Iterator[str]:
    """The map is float32, 0 to 1, of the size of the picture, wide or tall."""
    for rows, columns in ((96, 160), (160, 96)):
        plane = trial.backend.outline(make_picture(1, rows, columns), "the heart", BOX)
        if plane.shape != (rows, columns) or plane.dtype != np.float32:
            yield f"the map is {plane.dtype} {plane.shape}"
        elif not (plane.min() >= 0 and plane.max() <= 1):
            yield "the map leaves 0 to 1"


def law_same_prompt_same_map(trial: Trial) -> Iterator[str]:
    """The same picture and prompt have the same map."""
    one, two = (trial.backend.outline(make_picture(), "the heart", BOX) for _ in range(2))
    if not np.allclose(one, two, atol=1e-5):
        yield "two maps differ"


def law_unreachable_is_unavailable(trial: Trial) -> Iterator[str]:
    """A model that is late or gone raises Unavailable."""
    if breach := breach_when_unreachable(
        trial.unreachable, lambda backend: backend.outline(make_picture(), "the heart", BOX)
    ):
        yield breach
