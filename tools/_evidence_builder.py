"""Make evidence: what a tool gives, stamped with the model, its parameters and the true times."""

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import PurePath

from overread.ports import BackendCard, ToolCard, ToolInput
from overread.records import NO_MODEL, Evidence, ImageRef, Locator, Payload, Provenance, Region, Scalar


class EvidenceBuilder:
    """Starts when it is made; every piece of evidence ends when it is given."""

    def __init__(
        self,
        card: ToolCard,
        work: ToolInput,
        model: BackendCard | None = None,
        *,
        prompt: str | None = None,
        parameters: Mapping[str, Scalar] | None = None,
    ) -> None:
        self._card = card
        self._work = work
        self._model = model
        self._prompt = prompt
        self._parameters = dict(parameters or {})
        self._started = datetime.now(UTC)

    def evidence(
        self,
        payload: Payload,
        region: Region | None = None,
        parameters: Mapping[str, Scalar] | None = None,
        image: ImageRef | None = None,
    ) -> Evidence:
        """Make evidence of the image at hand, or of `image`; `parameters` are added to those of the run."""
        seen = image or self._work.image
        provenance = Provenance(
            tool=self._card.name,
            tool_version=self._card.version,
            model=model_name(self._model) or NO_MODEL,
            weights_digest=self._model.weights_digest if self._model else None,
            prompt=self._prompt,
            parameters={**self._parameters, **(parameters or {})},
            started=self._started,
            ended=datetime.now(UTC),
        )
        place = Locator(sop_instance_uid=seen.sop_instance_uid, frame=seen.frame, region=region)
        return Evidence.of(payload, place, provenance)


def model_name(model: BackendCard | None) -> str | None:
    """Name a model without the folders that it lies in."""
    return PurePath(model.model).name if model else None
