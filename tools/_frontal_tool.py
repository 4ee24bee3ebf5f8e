"""What the tools have in common that read one image with the model of a role."""

from dataclasses import replace
from typing import ClassVar

from overread.errors import BackendError, RoleUnfilled
from overread.ports import BackendCard, Parts, ToolCard
from overread.records import Refusal, Study
from overread.tools._evidence_builder import model_name
from overread.tools._scope import not_frontal


class FrontalTool:
    """Describes itself by its model and takes frontal chest radiographs, or what the protocol reads.

    A subclass names the model and runs it.
    """

    own_card: ClassVar[ToolCard]
    """What holds without a model."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    @property
    def card(self) -> ToolCard:
        """Describe the tool with its model, or without one that cannot be had."""
        try:
            return self._described(self._model())
        except (BackendError, RoleUnfilled):
            return self.own_card

    def accepts(self, study: Study) -> Refusal | None:
        """Refuse a study without a frontal chest radiograph; of another protocol, what that does not read."""
        return (self._parts.reads or not_frontal)(study)

    def _model(self) -> BackendCard:
        """Give the card of the role's model; raise `BackendError` or `RoleUnfilled` where there is none."""
        raise NotImplementedError

    def _described(self, model: BackendCard) -> ToolCard:
        return replace(self.own_card, model=model_name(model), weights_digest=model.weights_digest)
