"""The study that was read, by the UIDs it came with."""

from overread.export._fhir_codes import SYSTEMS, Json
from overread.export._fhir_parts import day, known, resource
from overread.export._output import Export
from overread.records import Series


def imaging_study(export: Export, subject: Json) -> Json | None:
    """Give the study with its series and instances; None for a plain picture, which no archive knows."""
    study, order = export.file.case.study, export.file.case.order
    if study.source != "dicom":
        return None
    named: list[Json] = [{"system": "urn:dicom:uid", "value": f"urn:oid:{study.uid}"}]
    if order.accession_number:
        named.append({"type": _ACCESSION, "value": order.accession_number})
    series = [_series(item, export) for item in study.series]
    return {
        **resource("ImagingStudy", study.uid),
        "identifier": named,
        "status": "available",
        "subject": subject,
        **known(started=day(study.study_date)),
        "numberOfSeries": len(series),
        "numberOfInstances": sum(item["numberOfInstances"] for item in series),
        "series": series,
    }


_ACCESSION = {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/v2-0203", "code": "ACSN"}]}


def _series(item: Series, export: Export) -> Json:
    """Give a series; an instance is named where the header tells its SOP class, which FHIR asks for."""
    uids = list(dict.fromkeys(image.sop_instance_uid for image in item.images))
    kinds = {uid: export.headers.get(uid, {}).get("SOPClassUID") for uid in uids}
    return {
        "uid": item.uid,
        "modality": {"system": SYSTEMS["DCM"], "code": item.modality},
        "numberOfInstances": len(uids),
        **known(
            instance=[
                {"uid": uid, "sopClass": {"system": "urn:ietf:rfc:3986", "code": f"urn:oid:{kind}"}}
                for uid, kind in kinds.items()
                if kind
            ]
        ),
    }
