"""What a tool must be, and what it is handed."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal, Protocol, get_args, runtime_checkable

from overread.ports.pictures import Artifacts, Pixels
from overread.records import (
    Evidence,
    ImageRef,
    Locator,
    Observation,
    Prior,
    Question,
    Refusal,
    Study,
)

ToolName = Literal[
    "segmentation", "classification", "report", "vqa", "retrieval", "header", "quality", "prior", "lettering"
]

Sight = Literal["images", "priors", "questions", "observations", "cases"]
"""What a tool may look at beside the image it reads; `cases` are others on file."""
EVERYTHING: tuple[Sight, ...] = get_args(Sight)


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

    def limited_to(self, sees: Sequence[Sight]) -> "ToolInput":
        """Give the work without what a tool does not look at; of the study's images the one to read is left."""
        return replace(
            self,
            study=self.study if "images" in sees else _of_one_image(self.study, self.image),
            priors=self.priors if "priors" in sees else (),
            questions=self.questions if "questions" in sees else (),
            observations=self.observations if "observations" in sees else (),
        )


def _of_one_image(study: Study, image: ImageRef) -> Study:
    series = next(series for series in study.series if image in series.images)
    return study.model_copy(update={"series": (series.model_copy(update={"images": (image,)}),)})


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
    sees: tuple[Sight, ...] = EVERYTHING
    """What it looks at beside the image that it reads and that image's header. It is handed no more, and what it gave
    stands in the study's next read where all of that is the same; one that looks at other cases always looks again."""


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
