"""A case as a Unified Procedure Step (PS3.4 table CC.2.5-3), as far as the store knows it; the rest is empty."""

from datetime import datetime

from pydicom.dataset import Dataset
from pydicom.uid import UID

from overread.export._dicom import drafted_at, images_read, source_of, uid
from overread.export._items import code_item, reference_item
from overread.export._output import Export
from overread.export._states import newest
from overread.export._workitem_states import PROGRESS, STATES
from overread.imaging.wire_format import PatientIdentity
from overread.records import CaseFile, Priority

UPS_PUSH = "1.2.840.10008.5.1.4.34.6.1"
"""Unified Procedure Step - Push, by which a workitem is known whoever asks for it."""
URGENCY: dict[Priority, str] = {"STAT": "HIGH", "urgent": "MEDIUM", "routine": "LOW"}
INTERPRETATION = ("110005", "DCM", "Interpretation")
"""PS3.16 CID 9231."""
EMPTY = (
    "ScheduledProcessingParametersSequence", "ScheduledStationNameCodeSequence", "ScheduledStationClassCodeSequence",
    "ScheduledStationGeographicLocationCodeSequence", "OtherPatientIDsSequence", "AdmissionID",
    "IssuerOfAdmissionIDSequence", "AdmittingDiagnosesDescription", "AdmittingDiagnosesCodeSequence",
    "CommentsOnTheScheduledProcedureStep",
)  # fmt: skip
"""Attributes of type 2 of which nothing is known."""


def workitem_uid(file: CaseFile) -> UID:
    """Name the workitem of a case: one for all its states."""
    return uid(file.case_id, "workitem")


def workitem_of(export: Export) -> Dataset:
    """Give the workitem in the state that the case is in."""
    file, identity = export.file, export.identity or PatientIdentity()
    began = min((run.started for run in file.manifest.tool_runs), default=drafted_at(file))
    changed = newest(file).at
    made = Dataset()
    made.SpecificCharacterSet = "ISO_IR 192"
    made.SOPClassUID, made.SOPInstanceUID = UPS_PUSH, workitem_uid(file)
    made.PatientName, made.PatientID, made.IssuerOfPatientID = identity.name, identity.patient_id, identity.issuer
    source = source_of(export, *images_read(file)[0])
    made.PatientBirthDate, made.PatientSex = source.PatientBirthDate, source.PatientSex
    made.StudyInstanceUID = file.case.study.uid
    made.ScheduledProcedureStepPriority = URGENCY[file.case.order.priority]
    made.ScheduledProcedureStepModificationDateTime = _moment(changed)
    made.ScheduledProcedureStepStartDateTime = _moment(began)
    made.ProcedureStepLabel, made.WorklistLabel = f"{file.exam.name}: draft and review", "Overread"
    made.ScheduledWorkitemCodeSequence = [code_item(*INTERPRETATION)]
    made.InputReadinessState, made.InputInformationSequence = "READY", [_inputs(export)]
    made.ReferencedRequestSequence = _request(file)
    made.ProcedureStepState = STATES[file.status]
    made.ProcedureStepProgressInformationSequence = [_progress(file)]
    made.UnifiedProcedureStepPerformedProcedureSequence = [_performed(file, began, changed)]
    for keyword in EMPTY:
        setattr(made, keyword, [] if keyword.endswith("Sequence") else "")
    return made


def _inputs(export: Export) -> Dataset:
    """Name the images that were read; where they can be had is not known here."""
    (series, _), *_ = images_read(export.file)
    item = Dataset()
    item.TypeOfInstances, item.StudyInstanceUID, item.SeriesInstanceUID = (
        "DICOM",
        export.file.case.study.uid,
        series.uid,
    )
    item.ReferencedSOPSequence = [
        reference_item(source_of(export, other, image))
        for other, image in images_read(export.file)
        if other.uid == series.uid
    ]
    return item


def _request(file: CaseFile) -> list[Dataset]:
    accession = file.case.order.accession_number
    if not accession:
        return []
    item = Dataset()
    item.StudyInstanceUID, item.AccessionNumber = file.case.study.uid, accession
    item.RequestedProcedureID, item.RequestedProcedureDescription = "", file.case.order.requested_procedure or ""
    return [item]


def _progress(file: CaseFile) -> Dataset:
    item = Dataset()
    item.ProcedureStepProgressDescription = PROGRESS[file.status]
    return item


def _performed(file: CaseFile, began: datetime, changed: datetime) -> Dataset:
    """Say who began when, and when it ended, where it has."""
    item = Dataset()
    item.PerformedStationNameCodeSequence = []
    item.PerformedProcedureStepStartDateTime = _moment(began)
    item.PerformedWorkitemCodeSequence = [code_item(*INTERPRETATION)]
    item.OutputInformationSequence = []
    if STATES[file.status] == "COMPLETED":
        item.PerformedProcedureStepEndDateTime = _moment(changed)
    return item


def _moment(at: datetime) -> str:
    return at.astimezone().strftime("%Y%m%d%H%M%S%z")
