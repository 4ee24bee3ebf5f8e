"""The reviewer's decisions in FHIR R4: an Observation a decision, whose focus is the result as the draft had it.

R5's ArtifactAssessment is not in R4. An observation may have another one as its focus, and what was rejected must not
lie in a record as a finding of its own: so the result is contained in the decision on it. Its identifiers are those of
the structured report and of `fhir.json`. Who decided, and which evidence of which model the result rested on, is said
by a Provenance of each decision.
"""

from collections.abc import Sequence

from overread.export._coding import CONFLICT, DECIDED, SENTENCE
from overread.export._decisions import Decision, decisions
from overread.export._fhir_codes import Json, concept, of_system
from overread.export._fhir_observations import Shared, results_named, said_of
from overread.export._fhir_parts import full_url, instant, known, resource, to
from overread.export._fhir_people import models, patient, practitioner, software, subject
from overread.export._fhir_study import imaging_study
from overread.export._output import Export
from overread.records import REVIEWER, CaseFile, Conflict, Evidence, Finding, Review, Statement

ASSESSMENT = "Assessment of a result of the draft"
AGENT = "provenance-participant-type"


def assessment_bundle(export: Export, review: Review) -> Json:
    """Give a collection of all decisions of a signed review with all that they refer to, the same for the same case."""
    file, person = export.file, practitioner(review.reviewer)
    who, program = patient(export), software(file)
    study, tools = imaging_study(export, subject(who)), models(file, program)
    shared = Shared(subject(who), study, program, tools)
    pairs = [_pair(export, review, item, shared) for item in decisions(file)]
    entries = [
        *(item for pair in pairs for item in pair),
        person,
        *filter(None, (study, who)),
        program,
        *tools.values(),
    ]
    once = {full_url(item): item for item in entries}
    return {
        **resource("Bundle", file.case_id, "assessment"),
        "type": "collection",
        "timestamp": instant(review.at),
        "entry": [{"fullUrl": url, "resource": item} for url, item in once.items()],
    }


def _pair(export: Export, review: Review, item: Decision, shared: Shared) -> tuple[Json, Json]:
    assessed = _assessment(export.file, review, item, shared)
    return assessed, _provenance(export.file, review, item, assessed, shared)


def _assessment(file: CaseFile, review: Review, item: Decision, shared: Shared) -> Json:
    drafted = _drafted(file, item, shared) if item.drafted is not None else None
    decided = _decided(file, item, shared) if item.decided is not None else None
    about = [_within(drafted)] if drafted else [to(shared.study)] if shared.study else []
    return {
        **resource("Observation", file.case_id, "assessment", item.key),
        **known(contained=[each for each in (drafted, decided) if each]),
        "identifier": [{"type": {"text": "Overread decision"}, "value": f"{file.case_id}/{item.key}"}],
        "status": "final",
        "code": {"text": ASSESSMENT},
        "subject": shared.subject,
        **known(focus=about),
        "effectiveDateTime": instant(review.at),
        "issued": instant(review.at),
        "performer": [to(practitioner(review.reviewer))],
        "valueCodeableConcept": concept(DECIDED[item.outcome]),
        **known(note=[{"text": item.reason}] if item.reason else []),
        **known(hasMember=[_within(decided)] if decided else []),
    }


def _drafted(file: CaseFile, item: Decision, shared: Shared) -> Json:
    said = _said(file, item.drafted, item)
    return {"resourceType": "Observation", "id": "drafted", "status": "preliminary", **said, "subject": shared.subject}


def _decided(file: CaseFile, item: Decision, shared: Shared) -> Json:
    said = _said(file, item.decided, item)
    return {"resourceType": "Observation", "id": "decided", "status": "final", **said, "subject": shared.subject}


def _said(file: CaseFile, result: Statement | Finding | Conflict | str | None, item: Decision) -> Json:
    """Give identifiers, code and value of a result."""
    own = [{"type": {"text": "Overread result"}, "value": item.key}]
    if isinstance(result, Finding):
        return {"identifier": results_named(file, result.id, result.label), **said_of(result)}
    if isinstance(result, Conflict):
        return {"identifier": own, "code": concept(CONFLICT, text=f"rule {result.rule}"), "valueString": result.message}
    named = {"identifier": own, "code": concept(SENTENCE, text=f"Sentence of the section {item.section}")}
    if isinstance(result, Statement):
        return {**named, "valueString": result.text, **known(hasMember=_findings(file, result))}
    return {**named, "valueString": result}


def _findings(file: CaseFile, line: Statement) -> list[Json]:
    """Name the findings that a sentence speaks of, by the identifiers that they have in every export."""
    found = {item.id: item for item in file.findings}
    return [
        {
            "type": "Observation",
            "identifier": results_named(file, identity, found[identity].label)[0],
            "display": found[identity].label,
        }
        for identity in line.finding_ids
        if identity in found
    ]


def _within(contained: Json) -> Json:
    return {"reference": f"#{contained['id']}", "type": contained["resourceType"]}


def _provenance(file: CaseFile, review: Review, item: Decision, assessed: Json, shared: Shared) -> Json:
    known_evidence = {each.id: each for each in file.evidence}
    rests = [known_evidence[identity] for identity in dict.fromkeys(item.evidence_ids) if identity in known_evidence]
    person = {
        "type": of_system(AGENT, "verifier", "Verifier"),
        "role": [{"text": review.role}],
        "who": to(practitioner(review.reviewer)),
    }
    return {
        **resource("Provenance", file.case_id, "assessment", item.key),
        "target": [to(assessed)],
        "recorded": instant(review.at),
        "activity": concept(DECIDED[item.outcome]),
        "agent": [person, {"type": of_system(AGENT, "assembler", "Assembler"), "who": to(shared.program)}],
        "entity": [_draft(review), *_evidence(rests, shared)],
    }


def _draft(review: Review) -> Json:
    name = {"type": {"text": "SHA-256 of the draft"}, "value": review.draft_digest}
    return {"role": "source", "what": {"identifier": name}}


def _evidence(rests: Sequence[Evidence], shared: Shared) -> list[Json]:
    """Name each piece of evidence with the model that gave it; what no tool of the run gave is the program's."""
    author = of_system(AGENT, "author", "Author")
    return [
        {
            "role": "source",
            "what": {"identifier": {"type": {"text": f"Overread evidence: {each.payload.kind}"}, "value": each.id}},
            "agent": [{"type": author, "who": to(shared.models.get(each.tool, shared.program))}],
        }
        for each in rests
        if each.tool != REVIEWER
    ]
