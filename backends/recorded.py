"""Record a model's answers to a file, or replay them without the model.

`model` names the recorded model. Parameters of the profile: `file` (the recording, JSON lines), `capability`
(`chat` when absent), `record` (the backend to ask, as in `transformers`; without it the file is replayed),
`digest` (the weights digest, for replay). A recording holds digests of prompts and pictures, never the prompts or
pictures themselves; it does hold the answers, so keep it where reports may be kept.
"""

from pathlib import Path
from typing import cast, get_args

from overread import plugins
from overread.backends._recorded_models import RecordedChat, RecordedEmbedding, RecordedLabels, RecordedSegmentation
from overread.backends._recording import Recording
from overread.errors import SettingsError
from overread.ports import (
    Backend,
    BackendCard,
    Capability,
    ChatBackend,
    EmbeddingBackend,
    LabelBackend,
    SegmentationBackend,
)
from overread.settings import ModelSpec, Settings

__all__ = ["RecordedChat", "RecordedEmbedding", "RecordedLabels", "RecordedSegmentation", "Recording", "build"]


def build(spec: ModelSpec, settings: Settings) -> Backend:
    """Give the recorder (when `record` names a backend) or the replay of a recording."""
    path = spec.parameters.get("file")
    if not path:
        raise SettingsError("the recorded backend needs the parameter 'file': the recording to write or replay")
    recording = Recording(Path(str(path)))
    source = _source(spec, settings)
    card = source.card if source else _card(spec)
    if card.capability == "chat":
        return RecordedChat(recording, card, cast(ChatBackend | None, source))
    if card.capability == "embedding":
        return RecordedEmbedding(recording, card, cast(EmbeddingBackend | None, source))
    if card.capability == "outline":
        raise SettingsError("outlines are not recorded: ask the model itself")
    if card.capability == "labels":
        return RecordedLabels(recording, card, cast(LabelBackend | None, source))
    return RecordedSegmentation(recording, card, cast(SegmentationBackend | None, source))


def _source(spec: ModelSpec, settings: Settings) -> Backend | None:
    backend = spec.parameters.get("record")
    if not backend:
        return None
    own = {"file", "record", "capability", "digest"}
    inner = {key: value for key, value in spec.parameters.items() if key not in own}
    built = plugins.builder("backends", str(backend))(
        spec.model_copy(update={"backend": str(backend), "parameters": inner}), settings
    )
    return cast(Backend, built)


def _card(spec: ModelSpec) -> BackendCard:
    capability = spec.parameters.get("capability") or "chat"
    if capability not in get_args(Capability):
        known = ", ".join(get_args(Capability))
        raise SettingsError(f"capability '{capability}' is not known; there are: {known}")
    digest = str(spec.parameters.get("digest") or "")
    return BackendCard("recorded", spec.model, digest, cast(Capability, capability))
