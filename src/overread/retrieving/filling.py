"""Fill the index: what the CLIP makes of the picture that a signed case was read on."""

import logging
from collections.abc import Callable, Iterator

import numpy as np

from overread.errors import BackendError, RoleUnfilled, StoreError
from overread.ports import EmbeddingBackend, Pixels
from overread.records import Case, CaseFile, ImageRef
from overread.retrieving.search import Vector
from overread.store.home import Home

LOGGER = logging.getLogger(__name__)
ROLE = "classification"
"""The role whose CLIP embeds pictures and words."""


def embed_case(home: Home, pixels: Pixels, backend: EmbeddingBackend, case_id: str) -> Vector:
    """Give the vector (d,) of the picture that a case was read on: the one on file, else a new one.

    Raises `StoreError` where the picture is not kept any more, `CaseUnknown`, and what the backend raises.
    """
    kept = home.case_vectors.of(case_id, backend.card.weights_digest)
    if kept is not None:
        return kept
    picture = pixels.shown(_read_on(home.cases.case(case_id), home.cases.file(case_id)))
    return np.asarray(backend.embed_pictures([picture])[0], np.float32)


def index_case(home: Home, pixels: Pixels, backend: EmbeddingBackend, case_id: str) -> None:
    """Put a signed case into the index, once. Raises what `embed_case` raises."""
    home.case_vectors.put(case_id, backend.card.weights_digest, embed_case(home, pixels, backend, case_id))


def index_missing(home: Home, pixels: Pixels, backend: EmbeddingBackend) -> Iterator[tuple[str, bool]]:
    """Put each signed case that lacks one into the index; gives its id, and False where its picture is gone."""
    for case_id in home.case_vectors.missing(backend.card.weights_digest):
        try:
            index_case(home, pixels, backend, case_id)
        except StoreError:
            yield case_id, False
        else:
            yield case_id, True


def index_when_signed(home: Home, pixels: Pixels, backend: Callable[[], EmbeddingBackend], file: CaseFile) -> None:
    """Put a case into the index after its signature, which stands whatever becomes of this."""
    try:
        index_case(home, pixels, backend(), file.case_id)
    except (BackendError, RoleUnfilled, StoreError) as error:
        LOGGER.warning(
            "case %s is signed and not in the index of similar cases (%s); overread find --index",
            file.case_id,
            type(error).__name__,
        )


def _read_on(case: Case, file: CaseFile | None) -> ImageRef:
    plan = file.plan if file else None
    read = case.study.image(plan.image_sop_instance_uid, plan.image_frame) if plan else None
    return read or case.study.frontal or case.study.images[0]
