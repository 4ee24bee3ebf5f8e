"""What a hospital keeps for a training with others: its films' features and labels, in a file that stays there."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

from overread.errors import ModelRefused
from overread.measuring.film import Film, Films
from overread.measuring.statistics import FOLDS
from overread.measuring.studio import open_studio
from overread.reasoning.vocabulary import LABELS
from overread.settings import Profile, Settings
from overread.store.files import write_whole

ROLE = "classification"
UNKNOWN = -1
ARRAYS = ("embeddings", "labels", "fold", "patient")


@dataclass(frozen=True)
class SiteFilms:
    """Films (n,) of one hospital."""

    embeddings: NDArray[np.float32]
    """(n, d), of norm 1."""
    labels: NDArray[np.int8]
    """(n, LABELS): 1, 0, -1 not known."""
    fold: NDArray[np.int64]
    """(n,) 0 to FOLDS - 1, the same for all films of a patient: their heads are measured on it."""
    patient: NDArray[np.int64]
    """(n,) a number drawn for each patient, at least 0, which all their films have; it says nothing else."""
    weights_digest: str
    """Of the model that embedded them: heads are for exactly these."""


def site_films(films: Films, profile: Profile, settings: Settings, progress: Callable[[int, int], None]) -> SiteFilms:
    """Embed films as a case would be; raises `ModelRefused` where none can be read, `Unavailable` without the model."""
    kept: list[Film] = []
    found = []
    with open_studio(settings, {ROLE: profile.roles[ROLE]} if ROLE in profile.roles else {}) as studio:
        backend = studio.parts.embedding(ROLE)
        for place, film in enumerate(films.films):
            progress(place, len(films.films))
            if (picture := studio.picture(film)) is not None:
                found.append(backend.embed_pictures([picture])[0])
                kept.append(film)
    progress(len(films.films), len(films.films))
    if not kept:
        raise ModelRefused("none of the films could be read; 'overread read' of one says more")
    labels = [[int(film.labels[name]) if name in film.labels else UNKNOWN for name in LABELS] for film in kept]
    patients = [film.patient for film in kept]
    return SiteFilms(
        np.asarray(found, np.float32),
        np.asarray(labels, np.int8),
        dealt(patients),
        drawn(patients),
        backend.card.weights_digest,
    )


def dealt(patients: list[str]) -> NDArray[np.int64]:
    """Deal patients into folds (n,), by a draw of this file's own."""
    _, number = np.unique(patients, return_inverse=True)
    return np.asarray(np.random.default_rng().permutation(int(number.max()) + 1)[number] % FOLDS, np.int64)


def drawn(patients: list[str]) -> NDArray[np.int64]:
    """Draw a number for each patient (n,), whoever else is there: who is not in the file changes no other's."""
    _, number = np.unique(patients, return_inverse=True)
    return np.random.default_rng().integers(2**62, size=int(number.max()) + 1)[number]


def write_site(films: SiteFilms, path: Path) -> None:
    """Write the file: features, labels and draws, without names, paths, identifiers or the order of the table."""
    order = np.random.default_rng().permutation(len(films.fold))
    arrays = {name: np.ascontiguousarray(getattr(films, name)[order]) for name in ARRAYS}
    about = {"weights_digest": films.weights_digest, "labels": json.dumps(LABELS)}
    write_whole(path, save(arrays, metadata=about))


def read_site(path: Path) -> SiteFilms:
    """Read it; raises `ModelRefused` for another file, and one of other labels than this program's."""
    try:
        with safe_open(path, "np") as file:
            about = file.metadata() or {}
            arrays = {name: file.get_tensor(name) for name in ARRAYS}
        same = json.loads(about["labels"]) == list(LABELS)
        films = SiteFilms(**arrays, weights_digest=about["weights_digest"])
    except (OSError, SafetensorError, KeyError, ValueError):
        raise ModelRefused(f"{path.name} is no file of 'overread federate films'; write it anew") from None
    count = len(films.fold)
    shapes = films.labels.shape == (count, len(LABELS)) and films.embeddings.shape[:1] == films.patient.shape == (
        count,
    )
    if not same or not shapes:
        raise ModelRefused(f"{path.name} is of another version of this program; write it anew")
    return films
