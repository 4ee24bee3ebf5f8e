"""What must be settled before weights are fetched: their terms accepted, their version pinned."""

import json
from collections.abc import Sequence

from overread.errors import ServingRefused
from overread.serving.catalogue import is_hub, is_packed, local_folder
from overread.serving.records import Entry
from overread.settings import Settings


def require_accepted(entries: Sequence[Entry], settings: Settings) -> None:
    """Raise `ServingRefused` when a model is gated or non-commercial and nobody recorded its terms as accepted."""
    open_terms = [model for model in entries if _conditional(model) and model.name not in settings.accepted_terms]
    if not open_terms:
        return
    said = "; ".join(_terms(model) for model in open_terms)
    accepted = json.dumps([*settings.accepted_terms, *(model.name for model in open_terms)])
    raise ServingRefused(f"terms not accepted: {said}; then record it in overread.toml: accepted_terms = {accepted}")


def require_pinned(entries: Sequence[Entry]) -> None:
    """Raise `ServingRefused` when a model of the hub has no commit: its weights could change between two starts.

    A model that comes in a package is named by the digest of the folder that it is unpacked into.
    """
    for model in entries:
        if not is_packed(model) and local_folder(model) is None and model.revision is None:
            raise ServingRefused(
                f"'{model.name}' has no pinned revision: take a commit from 'git ls-remote "
                f"https://huggingface.co/{model.source}' and give it in the profile's role as "
                "'parameters: {revision: COMMIT}', or as 'revision' in a catalogue entry of your own (catalogue_dir)"
            )


def _conditional(model: Entry) -> bool:
    return model.licence.gated or not model.licence.commercial


def _terms(model: Entry) -> str:
    gate = model.licence.gated and is_hub(model)
    where = f" and accept them at https://huggingface.co/{model.source}" if gate else ""
    use = "" if model.licence.commercial else ", not for commercial use"
    return f"'{model.name}' ({model.licence.name}{use}): read {model.licence.url}{where}"
