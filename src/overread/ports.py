"""What an extension must be: the protocols of tools, model backends and rules, and what they are handed.

A file in `tools/`, `backends/` or `rules/` without a leading underscore is an extension; its name is its name in the
settings; it exposes `build`. `overread.testing.conformance` proves each one against its protocol.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from overread.records import (
    Case,
    Conflict,
    Evidence,
    Finding,
    ImageRef,
    Locator,
    Prior,
    Question,
    Refusal,
    Severity,
    Study,
)
from overread.settings import ModelSpec, Settings

Picture = NDArray[np.uint8]
"""An image as shown: [rows, columns], 0 = black, air dark, bone bright."""

ToolName = Literal["segmentation", "classification", "report", "vqa", "retrieval", "header", "quality", "prior"]
Capability = Literal["chat", "embedding", "segmentation", "labels"]


class Pixels(Protocol):
    """The pictures of a case, kept out of the state."""

    def shown(self, image: ImageRef) -> Picture:
        """Give the picture as shown; raise `CaseUnknown` when it is not kept any more."""


class StoredPng(NamedTuple):
    path: str
    """Relative to the artifact store."""
    digest: str


class Artifacts(Protocol):
    """A content-addressed place for masks and overlays."""

    def put_png(self, picture: NDArray[np.uint8]) -> StoredPng: ...

    def get_png(self, path: str) -> NDArray[np.uint8]: ...


@dataclass(frozen=True)
class ToolInput:
    """One piece of work for a tool."""

    study: Study
    image: ImageRef
    """The image to read."""
    pixels: Pixels
    artifacts: Artifacts
    header: Mapping[str, str] = field(default_factory=dict)
    """Allow-listed header values, DICOM keyword to text; empty for a plain image."""
    priors: tuple[Prior, ...] = ()
    questions: tuple[Question, ...] = ()
    """What a VQA tool is to answer; other tools ignore it."""

    def locator(self) -> Locator:
        return Locator(sop_instance_uid=self.image.sop_instance_uid, frame=self.image.frame)


@dataclass(frozen=True)
class ToolCard:
    """What a tool says of itself."""

    name: str
    version: str
    describe: str
    payloads: tuple[str, ...]
    """Payload kinds it may give."""
    labels: tuple[str, ...] = ()
    """Labels it may score or assert; a label that is not here has no score."""
    structures: tuple[str, ...] = ()
    views: tuple[str, ...] = ("PA", "AP")
    model: str | None = None
    weights_digest: str | None = None
    further_models: tuple[tuple[str, str], ...] = ()
    """(name, weights digest) of models that answer in place of `model` for some labels."""


@runtime_checkable
class Tool(Protocol):
    """Looks at a study, yields evidence. `run` raises `ToolError`; it never reports a crash as a finding."""

    @property
    def card(self) -> ToolCard: ...

    def accepts(self, study: Study) -> Refusal | None:
        """Say why this tool does not apply to the study, or None."""

    def run(self, work: ToolInput) -> Sequence[Evidence]: ...


@dataclass(frozen=True)
class BackendCard:
    """Which model answers, and exactly which weights."""

    backend: str
    model: str
    weights_digest: str
    capability: Capability


@dataclass(frozen=True)
class ChatRequest:
    """One question to a vision-language model."""

    prompt: str
    pictures: tuple[Picture, ...] = ()
    schema: Mapping[str, Any] | None = None
    """JSON schema that the answer must satisfy."""
    max_tokens: int = 256
    temperature: float = 0.0
    seed: int = 0


@dataclass(frozen=True)
class ChatAnswer:
    text: str
    data: Any = None
    """The parsed answer, already valid against the request's schema; None when no schema was given."""
    prompt_tokens: int = 0
    completion_tokens: int = 0
    mean_logprob: float | None = None
    """Mean log-probability of the generated tokens, when the backend knows it."""


@runtime_checkable
class ChatBackend(Protocol):
    """A vision-language model. Raises `Unavailable` when it cannot be reached, `AnswerInvalid` off schema."""

    @property
    def card(self) -> BackendCard: ...

    def ask(self, request: ChatRequest) -> ChatAnswer: ...


@runtime_checkable
class EmbeddingBackend(Protocol):
    """A CLIP-like model. Embeddings are unit-norm float32 [n, d]."""

    @property
    def card(self) -> BackendCard: ...

    @property
    def logit_scale(self) -> float: ...

    def embed_pictures(self, pictures: Sequence[Picture]) -> NDArray[np.float32]: ...

    def embed_texts(self, texts: Sequence[str]) -> NDArray[np.float32]: ...


@runtime_checkable
class SegmentationBackend(Protocol):
    """A segmentation model. Gives a probability map [rows, columns], float32 0 to 1, per structure."""

    @property
    def card(self) -> BackendCard: ...

    def segment(self, picture: Picture) -> Mapping[str, NDArray[np.float32]]: ...


@runtime_checkable
class LabelBackend(Protocol):
    """A model with a fixed set of labels: a probability for each.

    Raises `Unavailable` when it cannot be reached, `AnswerInvalid` when it gives something else than probabilities.
    """

    @property
    def card(self) -> BackendCard: ...

    def score_labels(self, picture: Picture) -> Mapping[str, float]:
        """Give each label's probability, 0 to 1, calibrated as the model's card says."""


@runtime_checkable
class SelfDescribedLabels(LabelBackend, Protocol):
    """A label backend that needs no heads beside it: it knows its labels, and 0.5 of its score is where each operates.

    Such a score is not calibrated, and until it was measured here it decides and alerts nothing alone.
    """

    @property
    def labels(self) -> tuple[str, ...]: ...


Backend = ChatBackend | EmbeddingBackend | SegmentationBackend | LabelBackend


@dataclass(frozen=True)
class Parts:
    """What a tool is built from; models load at first use and are shared by the tools that name the same one."""

    settings: Settings
    chat: Callable[[str], ChatBackend]
    """Role (`report`, `vqa`) to its model."""
    embedding: Callable[[str], EmbeddingBackend]
    segmentation: Callable[[str], SegmentationBackend]
    labels: Callable[[str], LabelBackend]
    """Role (`classifier`) to its model; a profile may leave the role empty: `RoleUnfilled`."""


class EvidenceIndex:
    """The evidence of one case, by id and by tool."""

    def __init__(self, evidence: Iterable[Evidence]) -> None:
        self._by_id = {item.id: item for item in evidence}

    def __contains__(self, identity: str) -> bool:
        return identity in self._by_id

    def __len__(self) -> int:
        return len(self._by_id)

    def get(self, identity: str) -> Evidence | None:
        return self._by_id.get(identity)

    def all(self) -> tuple[Evidence, ...]:
        return tuple(self._by_id.values())

    def of_tool(self, tool: str) -> tuple[Evidence, ...]:
        return tuple(item for item in self._by_id.values() if item.tool == tool)

    def behind(self, finding: Finding) -> tuple[Evidence, ...]:
        """Give the evidence for and against a finding."""
        ids = (*finding.evidence_ids, *finding.against_ids)
        return tuple(self._by_id[identity] for identity in ids if identity in self._by_id)


@runtime_checkable
class Rule(Protocol):
    """A consistency rule: pure, fast, silent when there is nothing to compare."""

    @property
    def id(self) -> str: ...

    @property
    def severity(self) -> Severity: ...

    @property
    def describe(self) -> str: ...

    def check(self, case: Case, findings: Sequence[Finding], evidence: EvidenceIndex) -> Iterable[Conflict]: ...


class BackendBuilder(Protocol):
    """What `build` of a file in `backends/` is."""

    def __call__(self, spec: ModelSpec, settings: Settings) -> Backend: ...
