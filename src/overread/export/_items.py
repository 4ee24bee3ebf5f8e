"""Items of DICOM sequences that several objects hold."""

from pydicom.dataset import Dataset


def reference_item(source: Dataset) -> Dataset:
    """Give a reference to an instance (PS3.3 Table 10-11)."""
    item = Dataset()
    item.ReferencedSOPClassUID, item.ReferencedSOPInstanceUID = source.SOPClassUID, source.SOPInstanceUID
    return item


def code_item(value: str, scheme: str, meaning: str) -> Dataset:
    """Give a coded entry (PS3.3 Table 8.8-1)."""
    item = Dataset()
    item.CodeValue, item.CodingSchemeDesignator, item.CodeMeaning = value, scheme, meaning
    return item
