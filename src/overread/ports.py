"""What an extension must be: the protocols of tools, model backends and rules, and what they are handed.

A file in `tools/`, `backends/` or `rules/` without a leading underscore is an extension; its name is its name in the
settings; it exposes `build`. `overread.testing.conformance` proves each one against its protocol.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, NamedTuple, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from overread.errors import BackendError
from overread.records import (
    Case,
    Conflict,
    Evidence,
    Finding,
    Greys,
    ImageRef,
    Locator,
    Observation,
    Prior,
    Question,
    Refusal,
    Severity,
    Study,
    Trust,
)
from overread.settings import ModelSpec, Settings

Picture = NDArray[np.uint8]
"""An image as shown: [rows, columns], 0 = black, air dark, bone bright."""

ToolName = Literal[
    "segmentation", "classification", "report", "vqa", "retrieval", "header", "quality", "prior", "lettering"
]
Capability = Literal["chat", "embedding", "segmentation", "labels"]


class StoredValues(NamedTuple):
    """Codes [rows, columns] of a picture and what they mean."""

    codes: NDArray[np.uint16]
    greys: Greys


class Pixels(Protocol):
    """The pictures of a case, kept out of the state."""

    def shown(self, image: ImageRef) -> Picture:
        """Give the picture as shown; raise `StoreError` when it is not kept any more."""

    def stored(self, image: ImageRef) -> StoredValues | None:
        """Give its stored values, turned as the picture is; None where none are kept: the picture has it all.

        Raises `StoreError` when they are not kept any more.
        """


class StoredPng(NamedTuple):
    """What an artifact store gives for a picture: where it lies, and the digest of its content."""

    path: str
    """Relative to the artifact store."""
    digest: str


class Artifacts(Protocol):
    """A content-addressed place for masks and overlays."""

    def put_png(self, picture: NDArray[np.uint8]) -> StoredPng:
        """Keep a picture [rows, columns], uint8; the same picture has the same path and digest each time.

        It must come back from `get_png` unchanged, pixel by pixel.
        """

    def get_png(self, path: str) -> NDArray[np.uint8]:
        """Give the picture [rows, columns], uint8, at a path of `put_png`; raise `StoreError` when it is gone."""


def keep_nothing(_evidence: Sequence[Evidence]) -> None:
    """Take note of nothing: what a tool saw before it failed is lost."""


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
    observations: tuple[Observation, ...] = ()
    """What the order says was measured of the patient."""
    keep: Callable[[Sequence[Evidence]], None] = field(default=keep_nothing, repr=False, compare=False)
    """Called with all that was seen so far; it stands when the tool fails or passes its deadline afterwards."""

    def locator(self) -> Locator:
        """Point at the whole of `image`."""
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
    """Of a radiograph; none for a tool that reads cross-sections."""
    modality: Literal["DX", "CT"] = "DX"
    """What it looks at of its own: radiographs, or a series of CT slices."""
    model: str | None = None
    weights_digest: str | None = None
    further_models: tuple[tuple[str, str], ...] = ()
    """(name, weights digest) of models that answer in place of `model` for some labels."""


@runtime_checkable
class Tool(Protocol):
    """Looks at a study, yields evidence. `run` raises `ToolError`; it never reports a crash as a finding."""

    @property
    def card(self) -> ToolCard:
        """Say what the tool is; asked often, so it loads no model, and raises no `BackendError` when there is none."""

    def accepts(self, study: Study) -> Refusal | None:
        """Say why this tool does not apply to the study, or None."""

    def run(self, work: ToolInput) -> Sequence[Evidence]:
        """Look at `work.image` and give what is seen there; the same work gives the same ids, in the same order.

        Evidence is in the card's name, of a payload kind on it, and of an image of the study or of a prior; an answer
        that holds any other is dropped whole. A length needs the image's spacing. The call has a thread of its own and
        is left behind at its deadline, the setting `tool_seconds`. Raises `ToolError`; a model's `Unavailable`, after
        which the tool is tried again, and `AnswerInvalid` may pass through. What was handed to `work.keep` before
        stands: a failure later loses no alert.
        """


@dataclass(frozen=True)
class BackendCard:
    """Which model answers, and exactly which weights."""

    backend: str
    model: str
    weights_digest: str
    capability: Capability
    folder: Path | None = field(default=None, repr=False, compare=False)
    """Where its files lie on this machine, with what was measured of it beside them; None: found by `model`."""


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
    """What a chat backend gives back: the text as generated, and the data in it where a schema asked for some."""

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
    def card(self) -> BackendCard:
        """Name backend, model and weights, none of them empty; the capability is `chat`."""

    def ask(self, request: ChatRequest) -> ChatAnswer:
        """Answer one request; its pictures, [rows, columns] uint8 each, are shown to the model in their order.

        At temperature 0 the same request has the same answer. With a schema, `data` satisfies it. Tools share the
        backend: calls may come from several threads at once. Raises `Unavailable` when the model is late or gone,
        `AnswerInvalid` for an answer outside the schema.
        """


@runtime_checkable
class BatchChatBackend(ChatBackend, Protocol):
    """A chat backend that answers several requests together faster than one after another.

    `overread.asking.ask_all` asks any other one by one.
    """

    def ask_all(self, requests: Sequence[ChatRequest]) -> Iterator[tuple[int, ChatAnswer | BackendError]]:
        """Give the place of each request with what `ask` would answer, or with the error that it would raise.

        Each place comes once, in any order, as soon as it is known: who stops listening has what came before. A request
        that fails costs itself alone. At temperature 0 the words are those of `ask`; what is computed for many at once
        may be rounded otherwise. It may be called from several threads at once, and closed before it ends.
        """


Circuit = Literal["closed", "half_open", "open"]
"""Of a circuit breaker: all is asked · one question tries whether the server is back · nothing is asked."""


@runtime_checkable
class BreakingBackend(Protocol):
    """A backend that leaves a server alone for a while which is gone."""

    @property
    def circuit(self) -> Circuit:
        """Give the state of its breaker as it is now; it may be asked from any thread."""


@runtime_checkable
class EmbeddingBackend(Protocol):
    """A CLIP-like model. Embeddings are unit-norm float32 [n, d]."""

    @property
    def card(self) -> BackendCard:
        """Name backend, model and weights, none of them empty; the capability is `embedding`."""

    @property
    def logit_scale(self) -> float:
        """Give the factor from cosine to logit: positive and finite, the exponential of what a CLIP stores."""

    def embed_pictures(self, pictures: Sequence[Picture]) -> NDArray[np.float32]:
        """Embed n pictures, [rows, columns] uint8 of any size, in their order: [n, d], float32, each row of norm 1.

        A picture is embedded alone as in a batch. Calls may come from several threads at once. Raises `Unavailable`,
        and `AnswerInvalid` for what is no vector.
        """

    def embed_texts(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Embed n texts in their order: [n, d], float32, each row of norm 1, in the space of the pictures.

        Raises `Unavailable`, and `AnswerInvalid` for what is no vector.
        """


@runtime_checkable
class SegmentationBackend(Protocol):
    """A segmentation model. Gives a probability map [rows, columns], float32 0 to 1, per structure."""

    @property
    def card(self) -> BackendCard:
        """Name backend, model and weights, none of them empty; the capability is `segmentation`."""

    def segment(self, picture: Picture) -> Mapping[str, NDArray[np.float32]]:
        """Map each structure to its probability at every pixel: float32 of the picture's own [rows, columns], 0 to 1.

        There is at least one structure, and the same picture has the same maps. Calls may come from several threads at
        once. Raises `Unavailable`, and `AnswerInvalid` for what is no probability.
        """


@runtime_checkable
class LabelBackend(Protocol):
    """A model with a fixed set of labels: a probability for each.

    Raises `Unavailable` when it cannot be reached, `AnswerInvalid` when it gives something else than probabilities.
    """

    @property
    def card(self) -> BackendCard:
        """Name backend, model and weights, none of them empty; the capability is `labels`."""

    def score_labels(self, picture: Picture) -> Mapping[str, float]:
        """Give each label's probability, 0 to 1, calibrated as the model's card says."""


@dataclass(frozen=True)
class PlacedScores:
    """What a model with a fixed set of labels makes of one picture, and where it sees each of them."""

    chances: Mapping[str, float]
    """What `score_labels` gives."""
    place: Callable[[str], NDArray[np.float32]] | None = field(default=None, repr=False, compare=False)
    """Label to a map over the whole picture, [rows, columns] of any size, finite, 0 and up: higher where the label is
    seen more clearly, 0 everywhere where it is seen nowhere. None: the model does not tell."""


@runtime_checkable
class PlacingBackend(LabelBackend, Protocol):
    """A label backend that also tells where it sees a label; whether that is right is measured apart."""

    def score_and_place(self, picture: Picture) -> PlacedScores:
        """Score each label of a picture as `score_labels` does; the model sees the picture once.

        Raises what `score_labels` raises.
        """


@runtime_checkable
class SelfDescribedLabels(LabelBackend, Protocol):
    """A label backend that needs no heads beside it: it knows its labels, and 0.5 of its score is where each operates.

    Such a score is not calibrated, and until it was measured here it decides and alerts nothing alone.
    """

    @property
    def labels(self) -> tuple[str, ...]:
        """Name the labels that `score_labels` scores, without loading the weights."""


Backend = ChatBackend | EmbeddingBackend | SegmentationBackend | LabelBackend


@dataclass(frozen=True)
class SimilarCase:
    """A signed case that resembles what was looked for."""

    case_id: str
    similarity: float
    """Cosine, -1 to 1."""
    same_patient: bool
    """False, too, where either patient is not known."""


class CaseIndex(Protocol):
    """The signed cases of a store, by what a CLIP made of their pictures."""

    def nearest(
        self, vector: NDArray[np.float32], weights_digest: str, *, beside: Study | None, most: int
    ) -> Sequence[SimilarCase]:
        """Give up to `most` cases nearest to a unit vector (d,), the nearest first, never `beside` itself.

        Only cases whose vector is of the same weights are compared: of others there are none.
        """


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
    cases: CaseIndex | None = None
    """Signed cases to compare with; None where there is no store."""
    reads: Callable[[Study], Refusal | None] | None = None
    """What tools that several protocols share answer in `accepts`; None: that they read frontal chest radiographs."""
    prompts: Mapping[str, str] = field(default_factory=dict)
    """Role to the prompt that a protocol uses in the place of the role's own."""

    def prompt(self, role: str) -> str:
        """Name the prompt of a role."""
        return self.prompts.get(role, role)


class EvidenceIndex:
    """The evidence of one case, by id and by tool."""

    def __init__(self, evidence: Iterable[Evidence]) -> None:
        self._by_id = {item.id: item for item in evidence}

    def __contains__(self, identity: str) -> bool:
        return identity in self._by_id

    def __len__(self) -> int:
        return len(self._by_id)

    def get(self, identity: str) -> Evidence | None:
        """Give evidence by its id, None when the case has none of that id."""
        return self._by_id.get(identity)

    def all(self) -> tuple[Evidence, ...]:
        """Give all evidence, each id once, in the order it was handed in."""
        return tuple(self._by_id.values())

    def of_tool(self, tool: str) -> tuple[Evidence, ...]:
        """Give the evidence of one tool, in the order it was handed in."""
        return tuple(item for item in self._by_id.values() if item.tool == tool)

    def behind(self, finding: Finding) -> tuple[Evidence, ...]:
        """Give the evidence for and against a finding."""
        ids = (*finding.evidence_ids, *finding.against_ids)
        return tuple(self._by_id[identity] for identity in ids if identity in self._by_id)


@runtime_checkable
class Rule(Protocol):
    """A consistency rule: pure, fast, silent when there is nothing to compare."""

    @property
    def id(self) -> str:
        """Name the rule as its file is named: the settings disable it by this name, and its conflicts carry it."""

    @property
    def severity(self) -> Severity:
        """Say how grave each of its conflicts is."""

    @property
    def describe(self) -> str:
        """Say what the rule finds, in one sentence with a full stop."""

    def check(
        self, case: Case, findings: Sequence[Finding], evidence: EvidenceIndex, trust: Trust | None = None
    ) -> Iterable[Conflict]:
        """Give a conflict for each contradiction that the rule looks for; the same case has the same conflicts.

        `evidence` holds all that the tools saw, `trust` who was measured and so has a vote; None = everybody has one.
        A conflict carries the rule's own id and severity, is open, and cites
        evidence of this case; without evidence there is none. Nothing catches what a rule raises: the case fails.
        """


class BackendBuilder(Protocol):
    """What `build` of a file in `backends/` is."""

    def __call__(self, spec: ModelSpec, settings: Settings) -> Backend:
        """Give the backend of `spec.model`; its weights are loaded at the first use, not here.

        Raises `SettingsError` for a parameter that is wrong, `Unavailable` when the model's files are not there.
        """
