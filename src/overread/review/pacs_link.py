"""The address that opens a study in an OHIF viewer of the hospital's own PACS."""

from urllib.parse import urlencode

from overread.records import Study


def pacs_link(viewer: str | None, study: Study) -> str | None:
    """Give `viewer` with the study's UID as OHIF takes it; None without a viewer, and for pictures that no PACS has."""
    if viewer is None or study.source != "dicom" or not study.images:
        return None
    return f"{viewer}?{urlencode({'StudyInstanceUIDs': study.uid})}"
