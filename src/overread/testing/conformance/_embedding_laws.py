"""The laws of an embedding backend."""

from collections.abc import Iterator

import numpy as np

from overread.ports import EmbeddingBackend
from overread.testing.conformance._backend_trial import BackendTrial, breach_when_unreachable
from overread.testing.doubles import make_picture

PICTURES = (make_picture(1), make_picture(9, 100, 140), 255 - make_picture(3))
TEXTS = ("a chest radiograph with a pleural effusion", "a normal chest radiograph")
CLOSE = 1e-4
Trial = BackendTrial[EmbeddingBackend]


def law_card_is_complete(trial: Trial) -> Iterator[str]:
    """The card names the backend, the model, its weights and the capability."""
    card = trial.backend.card
    if not (card.backend and card.model and card.weights_digest) or card.capability != "embedding":
        yield f"the card is {card}"


def law_embeddings_are_unit_vectors(trial: Trial) -> Iterator[str]:
    """Pictures and texts are float32 [n, d] of norm 1, with one d."""
    pictures, texts = trial.backend.embed_pictures(PICTURES), trial.backend.embed_texts(TEXTS)
    for name, array, count in (("pictures", pictures, len(PICTURES)), ("texts", texts, len(TEXTS))):
        if array.dtype != np.float32 or array.shape != (count, pictures.shape[1]):
            yield f"{name} are {array.dtype} {array.shape}"
        elif not np.allclose(np.linalg.norm(array, axis=1), 1.0, atol=CLOSE):
            yield f"{name} are not of norm 1"


def law_order_is_kept(trial: Trial) -> Iterator[str]:
    """Embeddings come in the order of what was asked, and alone as in a batch."""
    together = trial.backend.embed_pictures(PICTURES)
    if not np.allclose(trial.backend.embed_pictures(PICTURES[::-1]), together[::-1], atol=CLOSE):
        yield "pictures in reverse did not come in reverse"
    if not np.allclose(trial.backend.embed_pictures(PICTURES[1:2])[0], together[1], atol=CLOSE):
        yield "a picture alone is embedded otherwise than in a batch"


def law_pictures_differ(trial: Trial) -> Iterator[str]:
    """Different pictures have different embeddings."""
    one, _, other = trial.backend.embed_pictures(PICTURES)
    if np.allclose(one, other, atol=CLOSE):
        yield "a picture and another one, inverted, are embedded alike"


def law_logit_scale_is_positive(trial: Trial) -> Iterator[str]:
    """The temperature is a positive finite number."""
    if not 0 < trial.backend.logit_scale < float("inf"):
        yield f"it is {trial.backend.logit_scale:g}"


def law_unreachable_is_unavailable(trial: Trial) -> Iterator[str]:
    """A model that is late or gone raises Unavailable."""
    if breach := breach_when_unreachable(trial.unreachable, lambda backend: backend.embed_pictures(PICTURES)):
        yield breach
