"""Who a bundle is about and who answers for it: patient, practitioners, and the software with its models as devices."""

from pathlib import PurePath

from overread.export._fhir_codes import Json
from overread.export._fhir_parts import day, known, resource, to
from overread.export._output import Export
from overread.imaging.wire_format import PatientIdentity
from overread.records import CaseFile, ToolRun

NOT_STATED = "Patient not stated in the input"
_GENDERS = {"F": "female", "M": "male", "O": "other"}


def patient(export: Export) -> Json | None:
    """Give the patient as the header names one; None where it names nobody."""
    who, study = export.identity, export.file.case.study
    if who is None or not (who.name or who.patient_id):
        return None
    key = study.patient_key or study.uid
    fields = known(
        identifier=[_identifier(who)] if who.patient_id else [],
        name=[_name(who.name)] if who.name else [],
        gender=_GENDERS.get(who.sex),
        birthDate=day(who.birth_date),
    )
    return {**resource("Patient", key), **fields}


def subject(of: Json | None) -> Json:
    """Refer to the patient, or say that none is known."""
    return to(of) if of else {"display": NOT_STATED}


def practitioner(name: str) -> Json:
    """Give a signer, who is known here by name only."""
    return {**resource("Practitioner", name), "name": [{"text": name}]}


def software(file: CaseFile) -> Json:
    """Give this program in its version, with the profile that the case was read with."""
    manifest = file.manifest
    return {
        **resource("Device", "overread", manifest.overread_version, manifest.profile),
        "deviceName": [{"name": "Overread", "type": "manufacturer-name"}],
        "type": {"text": "Software that drafts radiology reports. Research use, not a medical device."},
        "version": [{"value": manifest.overread_version}],
        "note": [{"text": f"profile {manifest.profile}, graph {manifest.graph_version}"}],
    }


def models(file: CaseFile, program: Json) -> dict[str, Json]:
    """Give the device of each tool that ran: its model, by the digest of its weights where it has any."""
    return {run.tool: _model(run, program) for run in file.manifest.tool_runs}


def _model(run: ToolRun, program: Json) -> Json:
    model = PurePath(run.model).name if run.model else None
    digest = run.weights_digest
    weights = {"type": {"text": "digest of the weights"}, "value": digest} if digest else None
    return {
        **resource("Device", run.tool, run.version, model or "", digest or ""),
        **known(identifier=[weights] if weights else []),
        "deviceName": [{"name": f"{run.tool}: {model}" if model else run.tool, "type": "model-name"}],
        "type": {"text": f"Tool {run.tool}"},
        "version": [{"value": run.version}],
        "parent": to(program),
    }


def _identifier(who: PatientIdentity) -> Json:
    issuer = {"display": who.issuer} if who.issuer else None
    return known(
        type={"coding": [{"system": "http://terminology.hl7.org/CodeSystem/v2-0203", "code": "MR"}]},
        value=who.patient_id,
        assigner=issuer,
    )


def _name(name: str) -> Json:
    """Take a DICOM person name apart (first component group, PS3.5 6.2.1.1)."""
    family, given, middle, prefix, suffix = (*name.partition("=")[0].split("^"), "", "", "", "", "")[:5]
    return known(
        use="official",
        family=family,
        given=[part for part in (given, middle) if part],
        prefix=[prefix] if prefix else [],
        suffix=[suffix] if suffix else [],
    )
