"""The laws of a label backend."""

from collections.abc import Iterator

import numpy as np

from overread.ports import LabelBackend, PlacingBackend
from overread.testing.conformance._backend_trial import BackendTrial, breach_on_garbage, breach_when_unreachable
from overread.testing.doubles import make_picture

Trial = BackendTrial[LabelBackend]


def law_card_is_complete(trial: Trial) -> Iterator[str]:
    """The card names the backend, the model, its weights and the capability."""
    card = trial.backend.card
    if not (card.backend and card.model and card.weights_digest) or card.capability != "labels":
        yield f"the card is {card}"


def law_every_label_has_a_probability(trial: Trial) -> Iterator[str]:
    """Each label has a number from 0 to 1, and a wide picture has the same labels as a tall one."""
    wide, tall = (trial.backend.score_labels(make_picture(1, *size)) for size in ((96, 160), (160, 96)))
    if not wide:
        yield "no label was given"
    if list(wide) != list(tall):
        yield "the labels follow the picture"
    for label, probability in (*wide.items(), *tall.items()):
        if not (isinstance(probability, float) and 0 <= probability <= 1):
            yield f"{label} has {probability!r}"


def law_same_picture_same_probabilities(trial: Trial) -> Iterator[str]:
    """The same picture has the same probabilities, to the last digit."""
    if dict(trial.backend.score_labels(make_picture())) != dict(trial.backend.score_labels(make_picture())):
        yield "two answers differ"


def law_unreachable_is_unavailable(trial: Trial) -> Iterator[str]:
    """A model that is late or gone raises Unavailable."""
    if breach := breach_when_unreachable(trial.unreachable, lambda backend: backend.score_labels(make_picture())):
        yield breach


def law_garbage_is_invalid(trial: Trial) -> Iterator[str]:
    """An answer that is no probability raises AnswerInvalid."""
    if breach := breach_on_garbage(trial.garbage, lambda backend: backend.score_labels(make_picture())):
        yield breach


def law_places_are_maps_of_the_labels_scored(trial: Trial) -> Iterator[str]:
    """Who also tells places says the same of the labels, and gives of each a finite map, 0 and up."""
    if not isinstance(trial.backend, PlacingBackend):
        return
    picture = make_picture(1, 96, 160)
    told = trial.backend.score_and_place(picture)
    if dict(told.chances) != dict(trial.backend.score_labels(picture)):
        yield "with places the probabilities are others"
    if told.place is None:
        return
    for label in told.chances:
        places = told.place(label)
        if places.ndim != 2 or not places.size or not np.isfinite(places).all() or places.min() < 0:
            yield f"the map of {label} is no map"
