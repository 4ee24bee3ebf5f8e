"""The laws of a protocol: what a kind of examination is read as."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property

from overread import plugins
from overread.ports import EvidenceIndex
from overread.protocol import Choice, Headers, Protocol, Sentence
from overread.reasoning.context import Reading, context_evidence
from overread.reasoning.vocabulary import TERMS
from overread.records import Case, ImageRef, Plan, Refusal, Study
from overread.testing.conformance.report import NotApplicable
from overread.testing.doubles.makers import STARTED

NOT_AN_IMAGE = "ECG"
"""A modality (PS3.3 C.7.3.1.1.1) that nothing which reads pictures is for."""


@dataclass(frozen=True)
class ProtocolTrial:
    """A protocol with a case that it is for, and what the case's headers say; no tool of it runs."""

    protocol: Protocol
    case: Case
    headers: Headers

    def takes(self, study: Study, headers: Headers) -> Refusal | None:
        return self.protocol.takes(study, headers, self.case.order)

    def choice(self) -> Choice:
        return self.protocol.choose(self.case.study, self.headers, lambda image: ())

    @cached_property
    def image(self) -> ImageRef:
        if (image := self.choice().image) is None:
            raise NotApplicable("no image is chosen")
        return image

    @cached_property
    def notes(self) -> tuple[str, ...]:
        of_study = self.protocol.notes(self.case.study, (), self.image, self.headers)
        return (*self.choice().notes, *of_study, *self.protocol.limits)

    @cached_property
    def plan(self) -> Plan:
        return Plan(
            image_sop_instance_uid=self.image.sop_instance_uid,
            image_frame=self.image.frame,
            tools=(),
            notes=self.notes,
            protocol=self.protocol.name,
        )

    @cached_property
    def evidence(self) -> EvidenceIndex:
        """What the reading itself knows: the order, the gate's notes, the projection."""
        return EvidenceIndex(context_evidence(Reading(self.case, self.plan, (), (), (), ()), STARTED))

    @property
    def sentences(self) -> tuple[Sentence, ...]:
        told = self.protocol.told(self.case, self.plan, self.evidence)
        return (self.protocol.technique(self.case, self.plan, self.evidence), *told)


def law_describes_itself(trial: ProtocolTrial) -> Iterator[str]:
    """It has a name, a version, an exam, and says in a sentence what it does, and in words what it is for."""
    protocol = trial.protocol
    words = (protocol.name, protocol.version, protocol.exam.name, protocol.body_part, protocol.series)
    if not all(words) or not protocol.modalities:
        yield "name, version, exam, body part, series or modalities are empty"
    if not protocol.describe.endswith("."):
        yield "the description is not a sentence"


def law_takes_what_it_is_for(trial: ProtocolTrial) -> Iterator[str]:
    """It takes the study that it is for, each time that it is asked."""
    for refusal in (trial.takes(trial.case.study, trial.headers) for _ in range(2)):
        if refusal is not None:
            yield f"refused: {refusal.detail}"


def law_other_studies_are_refused(trial: ProtocolTrial) -> Iterator[str]:
    """A study of which no series is an image is refused, with what to do next."""
    series = tuple(one.model_copy(update={"modality": NOT_AN_IMAGE}) for one in trial.case.study.series)
    refusal = trial.takes(trial.case.study.model_copy(update={"series": series}), trial.headers)
    if refusal is None:
        yield f"a study of modality {NOT_AN_IMAGE} is taken"
    elif not refusal.detail or not refusal.next_step:
        yield "the refusal does not say why, or what to do next"


def law_quality_control_is_refused(trial: ProtocolTrial) -> Iterator[str]:
    """Pictures that the header calls a quality control are not read as a patient's."""
    images = trial.case.study.images
    said = {one.sop_instance_uid: {"QualityControlImage": "YES"} for one in images}
    headers = {uid: {**trial.headers.get(uid, {}), **extra} for uid, extra in said.items()}
    refusal = trial.takes(trial.case.study, headers)
    if refusal is None or refusal.reason != "quality_control":
        yield "they are taken" if refusal is None else f"they are refused as {refusal.reason}"


def law_an_image_of_the_study_is_chosen(trial: ProtocolTrial) -> Iterator[str]:
    """Of the study that it is for it chooses an image, the same again."""
    first, second = trial.choice(), trial.choice()
    if first.image is None or first.refusal is not None:
        yield "no image is chosen, or a refusal comes with it"
    elif first.image not in trial.case.study.images:
        yield "the image is not one of the study"
    if first != second:
        yield "a second choice is another"


def law_notes_are_sentences(trial: ProtocolTrial) -> Iterator[str]:
    """Notes and limits are whole sentences, each told once."""
    for note in trial.notes:
        if not note.endswith("."):
            yield f"no sentence: {note}"
    if len(set(trial.notes)) != len(trial.notes):
        yield "a note is told twice"


def law_sentences_cite_evidence(trial: ProtocolTrial) -> Iterator[str]:
    """What it says of a study without a tool's evidence cites what the reading knows, and nothing else."""
    for sentence in trial.sentences:
        if not sentence.text.endswith("."):
            yield f"no sentence: {sentence.text}"
        for identity in sentence.citations:
            if identity not in trial.evidence:
                yield f"{identity} is not evidence of the case"


def law_the_technique_is_told(trial: ProtocolTrial) -> Iterator[str]:
    """What was examined is said, with evidence: a sentence that cites nothing is not written."""
    if not trial.protocol.technique(trial.case, trial.plan, trial.evidence).citations:
        yield "the technique cites nothing"


def law_nothing_is_told_of_nothing(trial: ProtocolTrial) -> Iterator[str]:
    """Without any evidence nothing is cited."""
    bare = EvidenceIndex(())
    told = trial.protocol.told(trial.case, trial.plan, bare)
    for sentence in (trial.protocol.technique(trial.case, trial.plan, bare), *told):
        if sentence.citations:
            yield f"cited without evidence: {sentence.text}"


def law_labels_and_rules_exist(trial: ProtocolTrial) -> Iterator[str]:
    """Its labels are of the vocabulary, its core labels are among them, and its rules and tools are there."""
    protocol = trial.protocol
    if unknown := {*protocol.labels, *protocol.core} - {*TERMS, "No Finding"}:
        yield f"no labels: {', '.join(sorted(unknown))}"
    if not set(protocol.core) <= set(protocol.labels):
        yield "a core label is none of its labels"
    if missing := set(protocol.rules or ()) - set(plugins.names("rules")):
        yield f"no rules: {', '.join(sorted(missing))}"
    own = {name for name in (*protocol.gate_tools, *protocol.brings) if "." not in name}
    if missing := own - set(plugins.names("tools")):
        yield f"no tools: {', '.join(sorted(missing))}"


def law_findings_rest_on_labels(trial: ProtocolTrial) -> Iterator[str]:
    """Nothing is called normal, and no figure of chest films counts, where it has no labels."""
    protocol = trial.protocol
    if not protocol.labels and (protocol.normal or protocol.measured or protocol.core):
        yield "it has no labels, but a normal sentence, core labels or measured voices"


def law_another_order_moves_no_image(trial: ProtocolTrial) -> Iterator[str]:
    """An indication changes neither whether the study is taken nor the image."""
    order = trial.case.order.model_copy(update={"indication": "Cough for a week"})
    if trial.protocol.takes(trial.case.study, trial.headers, order) is not None:
        yield "with an indication the study is refused"
    other = replace(trial, case=trial.case.model_copy(update={"order": order}))
    if other.choice().image != trial.choice().image:
        yield "with an indication another image is chosen"
