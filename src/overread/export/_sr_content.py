"""The content tree of the structured report (PS3.16 TID 1500): observers, groups of findings and measures, sentences.

TID 1500 is extensible: the sentences stand after the measurements, a container for each section of the report.
"""

from collections.abc import Iterator, Sequence

from highdicom.sr import (
    AlgorithmIdentification,
    CodedConcept,
    ContainerContentItem,
    ContentSequence,
    DeviceObserverIdentifyingAttributes,
    FindingSite,
    MeasurementReport,
    MeasurementsAndQualitativeEvaluations,
    ObservationContext,
    ObserverContext,
    PersonObserverIdentifyingAttributes,
    QualitativeEvaluation,
    RelationshipTypeValues,
    SourceImageForMeasurementGroup,
    TextContentItem,
    TrackingIdentifier,
)
from highdicom.sr import Measurement as Measured
from pydicom.dataset import Dataset
from pydicom.sr.codedict import codes

from overread.export import _codes as code
from overread.export._coded import findings, measures
from overread.export._coding import AVERAGED, CERTAINTY, LUNG, MEASURED, MEASURED_AT, PRESENCE, PROBABILITY, SIDES
from overread.export._dicom import MANUFACTURER, components, tracking_uid, uid
from overread.export._output import Export
from overread.export._states import State
from overread.outputs.document import document_of
from overread.records import REVIEWER, CaseFile, Evidence, Finding, Measurement, Provenance

Group = MeasurementsAndQualitativeEvaluations
CONTAINS = RelationshipTypeValues.CONTAINS


def content_of(export: Export, state: State, sources: Sequence[Dataset]) -> Dataset:
    """Give the root container of a state's document."""
    library = [source for source in sources if _may_be_listed(source)]
    report = MeasurementReport(
        observation_context=observers(state),
        procedure_reported=code.of(export.file.exam.procedure or code.IMAGING),
        imaging_measurements=groups_of(export, state, sources),
        referenced_images=library or None,
    )
    root: Dataset = report[0]
    root.ContentSequence.extend(sentences(state))
    return root


def groups_of(export: Export, state: State, sources: Sequence[Dataset]) -> list[Group]:
    """Give a group for each finding that is coded, then one for each measure that the report rests on."""
    by_uid = {source.SOPInstanceUID: source for source in sources}
    known = {item.id: item for item in export.file.evidence}
    groups = [_of_finding(state.file, item, known, sources) for item in findings(state)]
    found = [
        (item, value)
        for item, value in measures(state)
        if value.name in MEASURED and item.locator.sop_instance_uid in by_uid
    ]
    return groups + [_of_measure(state.file, item, value, by_uid) for item, value in found]


def _of_finding(file: CaseFile, finding: Finding, known: dict[str, Evidence], sources: Sequence[Dataset]) -> Group:
    speaking = [known[identity] for identity in finding.evidence_ids if identity in known]
    seen = {item.locator.sop_instance_uid for item in speaking}
    mine = [source for source in sources if source.SOPInstanceUID in seen] or list(sources)
    measured = [] if finding.probability is None else [_probability(finding, finding.probability)]
    return Group(
        tracking_identifier=_tracked(file, finding.label),
        finding_type=code.of(finding.code),
        finding_sites=[FindingSite(code.SITE, laterality=_side(finding))],
        algorithm_id=_merged(file, speaking),
        qualitative_evaluations=[QualitativeEvaluation(code.PRESENCE, code.of(PRESENCE[finding.status]))],
        measurements=measured,
        source_images=[SourceImageForMeasurementGroup.from_source_image(source) for source in mine],
    )


def _of_measure(file: CaseFile, item: Evidence, payload: Measurement, sources: dict[str, Dataset]) -> Group:
    value = Measured(
        name=code.of(MEASURED[payload.name]),
        value=payload.value,
        unit=code.UNITS[payload.unit],
        derivation=codes.SCT.Mean if payload.name in AVERAGED else None,
        algorithm_id=_algorithm(item.provenance, f"method={payload.method}"),
    )
    return Group(
        tracking_identifier=_tracked(file, payload.name.replace("_", " ")),
        finding_sites=[_site(payload)],
        measurements=[value],
        source_images=[SourceImageForMeasurementGroup.from_source_image(sources[item.locator.sop_instance_uid])],
    )


def _site(payload: Measurement) -> FindingSite:
    side = MEASURED_AT.get(payload.name)
    return FindingSite(code.SITE) if side is None else FindingSite(code.of(LUNG), laterality=code.of(SIDES[side]))


def _probability(finding: Finding, probability: float) -> Measured:
    name = PROBABILITY if finding.status == "absent" else CERTAINTY
    return Measured(name=code.of(name), value=round(100 * probability, 3), unit=code.UNITS["%"])


def _side(finding: Finding) -> CodedConcept | None:
    return code.of(SIDES[finding.laterality]) if finding.laterality else None


def _merged(file: CaseFile, speaking: Sequence[Evidence]) -> AlgorithmIdentification | None:
    """Say which tools, models and weights a finding came from; None where a person decided it."""
    tools = [item.provenance for item in speaking if item.tool != REVIEWER]
    if len(tools) < len(speaking) or not tools:
        return None
    return AlgorithmIdentification(
        name=f"{MANUFACTURER}, profile {file.manifest.profile}",
        version=file.manifest.overread_version,
        parameters=list(dict.fromkeys(_told(item) for item in tools)),
        manufacturer=MANUFACTURER,
        family=codes.DCM.ArtificialIntelligence,
    )


def _algorithm(made: Provenance, *more: str) -> AlgorithmIdentification:
    return AlgorithmIdentification(
        name=made.model,
        version=made.tool_version,
        parameters=[_told(made), *more],
        family=codes.DCM.ArtificialIntelligence,
    )


def _told(made: Provenance) -> str:
    """Say in one line what looked: tool, version, model, weights, prompt."""
    parts = {"tool": f"{made.tool} {made.tool_version}", "model": made.model, "weights": made.weights_digest}
    return "; ".join(f"{name}={value}" for name, value in {**parts, "prompt": made.prompt}.items() if value)


def _tracked(file: CaseFile, name: str) -> TrackingIdentifier:
    return TrackingIdentifier(uid=tracking_uid(file, name), identifier=name)


def observers(state: State) -> ObservationContext:
    """Say that a program observed, and beside it who signed."""
    made = state.file.manifest
    device = DeviceObserverIdentifyingAttributes(
        uid=uid("device", made.overread_version, made.profile),
        name=MANUFACTURER,
        manufacturer_name=MANUFACTURER,
        model_name=f"{made.overread_version}, profile {made.profile}",
    )
    signer = None
    if state.version is not None:
        person = PersonObserverIdentifyingAttributes(name=components(state.version.signed_by))
        signer = ObserverContext(codes.DCM.Person, person)
    return ObservationContext(signer, ObserverContext(codes.DCM.Device, device))


def sentences(state: State) -> Iterator[ContainerContentItem]:
    """Give what must stand on top, a container for each section that says something, then one for what was added."""
    yield _container(codes.DCM.Comment, codes.DCM.Comment, document_of(state.file).banners)
    for section, heading in code.SECTIONS.items():
        said = [line.text for line in state.sections.get(section, ())]
        if said:
            yield _container(heading, code.SENTENCES[section], said)
    if state.version is not None and state.version.additions:
        yield _container(code.ADDENDUM, code.ADDENDUM, state.version.additions)


def _container(heading: CodedConcept, sentence: CodedConcept, said: Sequence[str]) -> ContainerContentItem:
    item = ContainerContentItem(name=heading, relationship_type=CONTAINS)
    lines = [TextContentItem(name=sentence, value=text, relationship_type=CONTAINS) for text in said]
    item.ContentSequence = ContentSequence(lines)
    return item


def _may_be_listed(source: Dataset) -> bool:
    """Say whether an image tells what the image library of a projection must (TID 1603): orientation and spacing."""
    return len(source.PatientOrientation) == 2 and len(source.ImagerPixelSpacing) == 2
