"""Prove that models are whole: by their digests, and by one answer of each on a made-up picture."""

import hashlib
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from overread import weights
from overread.composition import LANGUAGE_ROLES, parts_of
from overread.errors import BackendError, OverreadError
from overread.ports import Parts, Picture
from overread.serving.catalogue import entry, is_own, local_folder
from overread.settings import Settings, load_profile

NEEDED = ("config.json", "model.safetensors", "card.json", "README.md")


@dataclass(frozen=True)
class Check:
    """One thing that was looked at; `problem` says what is wrong, None that all is well."""

    what: str
    detail: str = ""
    problem: str | None = None


def check_folder(folder: Path) -> Check:
    """Check that a model's files are there and that its weights are those of its card."""
    missing = [name for name in NEEDED if not (folder / name).is_file()]
    if missing:
        return Check(folder.name, problem=f"{', '.join(missing)} missing; copy the model folder again")
    try:
        named = weights.card(folder).get("digests") or {}
    except BackendError as error:
        return Check(folder.name, problem=str(error))
    wrong = [name for name, digest in named.items() if _sha256(folder / name) != digest]
    if wrong:
        return Check(folder.name, problem=f"{', '.join(wrong)}: not what the card names; copy the model folder again")
    told = f"{len(named)} files as the card names them" if named else "the card names no digest"
    return Check(folder.name, detail=f"weights {weights.digest(folder)[:12]}, {told}")


def check_model(name: str, settings: Settings) -> Check:
    """Check a model by its name: one that ships by its card, one of the operator's by the digest of its entry."""
    if not is_own(name, settings):
        return check_folder(weights.folder(name))
    model = entry(name, settings)
    folder = local_folder(model)
    if folder is None or model.digest is None:
        return Check(name, detail="its entry names no folder with a digest; nothing to compare")
    if weights.digest(folder) != model.digest:
        return Check(
            name,
            problem="other files than when it was added, and figures of those do not hold for these; "
            f"if that is meant, 'overread models add {name} PATH --replace'",
        )
    return Check(name, detail=f"weights {model.digest[:12]}, as when it was added")


def _sha256(path: Path) -> str | None:
    if not path.is_file():
        return None
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def check_roles(settings: Settings, models: Sequence[str] = ()) -> list[Check]:
    """Load the model of each role, or of those that `models` play, and have it answer once; the picture is made up."""
    profile = load_profile(settings.profile, settings)
    parts = parts_of(profile, settings)
    picture = np.tile(np.linspace(0, 255, 256, dtype=np.uint8), (256, 1))
    return [_smoke(role, parts, picture) for role, spec in profile.roles.items() if not models or spec.model in models]


def _smoke(role: str, parts: Parts, picture: Picture) -> Check:
    ways: dict[str, Callable[[], str]] = {
        "segmentation": lambda: ", ".join(parts.segmentation(role).segment(picture)),
        "classifier": lambda: ", ".join(parts.labels(role).score_labels(picture)),
        "classification": lambda: f"{parts.embedding(role).embed_pictures([picture]).shape[1]} dimensions",
    }
    began = time.monotonic()
    try:
        said = ways.get(role, lambda: _chat(role, parts, picture))()
    except OverreadError as error:
        return Check(f"role {role}", problem=str(error))
    return Check(f"role {role}", detail=f"{said}  ({time.monotonic() - began:.1f} s with loading)")


def _chat(role: str, parts: Parts, picture: Picture) -> str:
    from overread import prompting
    from overread.ports import ChatRequest

    if role in LANGUAGE_ROLES:
        answer = parts.chat(role).ask(ChatRequest(prompt="Say: no pneumothorax.", max_tokens=64))
        return f"{answer.completion_tokens} tokens"
    prompt = prompting.load(role)
    text = prompt.render(question="Is there a pneumothorax?") if role == "vqa" else prompt.render()
    answer = parts.chat(role).ask(ChatRequest(prompt=text, pictures=(picture,), max_tokens=320))
    return f"{answer.completion_tokens} tokens"
