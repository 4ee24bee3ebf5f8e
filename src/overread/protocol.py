"""What a study is read as: one record of all that varies between kinds of examination.

A file in `protocols/` without a leading underscore exposes `build(settings, profile)`, which gives a `Protocol`. The
gate asks those of the setting `protocols` in their order; the first that takes a study by its header and its order
reads it. What does not vary (the graph, voting, citing, signing) knows no protocol.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol as Shape

from overread.ports import EvidenceIndex, Tool
from overread.records import Case, Evidence, Exam, ImageRef, Order, Plan, ProtocolUsed, Question, Refusal, Study
from overread.settings import Profile, Settings

Headers = Mapping[str, Mapping[str, str]]
"""SOP Instance UID to allow-listed header values, DICOM keyword to text."""
Look = Callable[[ImageRef], Sequence[Evidence]]
"""Give what the gate's tools say of an image."""


@dataclass(frozen=True)
class Choice:
    """The image to read, with why the others are not; where there is none, the reason against the best one."""

    image: ImageRef | None
    """Also with a refusal, where its pixels were looked at."""
    refusal: Refusal | None
    notes: tuple[str, ...]


@dataclass(frozen=True)
class Sentence:
    """One sentence of a draft and the ids of the evidence that it rests on; without any it is not written."""

    text: str
    citations: tuple[str, ...]


def quoted(words: str) -> str:
    """Put somebody's own words between marks: the verifier knows them again and takes them for nobody else's."""
    return "“" + " ".join(words.split()).translate({ord("“"): '"', ord("”"): '"'}) + "”"


@dataclass(frozen=True)
class Asked:
    """What the VQA tool is asked, and what the draft must say of questions that are put to no model."""

    questions: tuple[Question, ...] = ()
    notes: tuple[str, ...] = ()


def nothing_more(_case: Case, _plan: Plan, _evidence: EvidenceIndex) -> Sequence[Sentence]:
    """Say nothing beside what is said of labels."""
    return ()


@dataclass(frozen=True)
class Protocol:
    """How one kind of examination is read. `takes` decides by header and order alone; pixels move no study on."""

    name: str
    """As its file is named; cases are found again by it."""
    version: str
    describe: str
    """What it does with such a study, in one sentence with a full stop."""
    exam: Exam
    modalities: tuple[str, ...]
    """Values of Modality (PS3.3 C.7.3.1.1.1) that it is for: of a study that nobody takes, its own refusal is told."""
    body_part: str
    """In words, for people."""
    series: str
    """Which series or images it wants, in words."""
    takes: Callable[[Study, Headers, Order], Refusal | None]
    """Say why it does not read a study, or None."""
    choose: Callable[[Study, Headers, Look], Choice]
    """Choose the image that the plan names; of several, after a look at their pixels where it wants one."""
    notes: Callable[[Study, Sequence[Evidence], ImageRef | None, Headers], tuple[str, ...]]
    """Name the limits that the draft must tell of a study, from what the gate's tools saw of the image chosen."""
    technique: Callable[[Case, Plan, EvidenceIndex], Sentence]
    """Say what was examined and read; citable are header values, measurements of the view, and the gate's notes."""
    told: Callable[[Case, Plan, EvidenceIndex], Sequence[Sentence]] = nothing_more
    """Give the sentences of the findings section that are about no label: volumes, answers."""
    gate_tools: tuple[str, ...] = ("header", "quality")
    """Cheap tools that look before the gate decides, those of them that there are."""
    tools: tuple[str, ...] | None = None
    """Which tools of the profile run; None: all."""
    brings: tuple[str, ...] = ()
    """Tools that run although no profile names them, as `tools` of a profile are named."""
    reads: Callable[[Study], Refusal | None] | None = None
    """What the tools that several protocols share answer in `accepts`; None: that they read frontal radiographs."""
    prompts: Mapping[str, str] = field(default_factory=dict)
    """Role (`report`, `vqa`) to the prompt that is used in the place of its own."""
    expected: Mapping[str, str] = field(default_factory=dict)
    """Tool to what a profile without it goes without, as a part of a sentence."""
    questions: Callable[[Case, Mapping[str, Tool]], Asked] | None = None
    """What to ask; None: about the critical labels, and those of the order."""
    labels: tuple[str, ...] = ()
    """Labels of the vocabulary that each give a finding; without any there are no findings."""
    core: tuple[str, ...] = ()
    """Labels that must all be assessed and absent before nothing may be called found."""
    measures: tuple[str, ...] = ()
    """Names of the measurements that its drafts tell."""
    measured: bool = False
    """Whether figures that were measured on chest films count; if not, nobody has a vote and no label is told."""
    worded: bool = False
    """Whether a language model may word its sentences, and plan."""
    rules: tuple[str, ...] | None = None
    """Which rules run; None: all that are not disabled."""
    normal: str | None = None
    """What is said where nothing was found; None: nothing is."""
    limits: tuple[str, ...] = ()
    """Sentences that every draft says among its limitations."""

    @property
    def used(self) -> ProtocolUsed:
        """Give what is written down of it with a case."""
        return ProtocolUsed(name=self.name, version=self.version, exam=self.exam)

    def runs(self, tool: str) -> bool:
        """Say whether a tool of the profile, or one that the settings add, runs."""
        return self.tools is None or tool in self.tools or tool in self.brings


class ProtocolBuilder(Shape):
    """What `build` of a file in `protocols/` is."""

    def __call__(self, settings: Settings, profile: Profile) -> Protocol:
        """Give the protocol as the profile's models let it be; loads no model."""


def chosen(protocols: Sequence[Protocol], study: Study, headers: Headers, order: Order) -> Protocol | Refusal:
    """Give the first protocol that takes a study; else why the one that is for such a modality does not, or the first.

    `protocols` has at least one.
    """
    refusals: list[tuple[Protocol, Refusal]] = []
    for protocol in protocols:
        refusal = protocol.takes(study, headers, order)
        if refusal is None:
            return protocol
        refusals.append((protocol, refusal))
    modalities = {series.modality for series in study.series}
    nearest = (refusal for protocol, refusal in refusals if modalities & set(protocol.modalities))
    return next(nearest, refusals[0][1])
