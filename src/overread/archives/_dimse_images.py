"""What C-GET and C-MOVE have in common: how a series is named, and in what form its images may come."""

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from overread.archives.query import UID

if TYPE_CHECKING:
    from pydicom.dataset import Dataset
    from pynetdicom.presentation import PresentationContext

Images = Mapping[str, str]
"""SOP Instance UID to SOP Class UID."""
USUAL = (
    "1.2.840.10008.5.1.4.1.1.1",  # CR
    "1.2.840.10008.5.1.4.1.1.1.1",  # DX for presentation
    "1.2.840.10008.5.1.4.1.1.1.1.1",  # DX for processing
    "1.2.840.10008.5.1.4.1.1.2",  # CT
    "1.2.840.10008.5.1.4.1.1.2.1",  # Enhanced CT
    "1.2.840.10008.5.1.4.1.1.7",  # Secondary Capture
)
"""What is proposed where the node does not say of what classes the images of a series are."""
PLAIN = ("1.2.840.10008.1.2.1", "1.2.840.10008.1.2")
COMPRESSED = (
    "1.2.840.10008.1.2.4.50",  # JPEG baseline
    "1.2.840.10008.1.2.4.51",  # JPEG extended
    "1.2.840.10008.1.2.4.57",  # JPEG lossless
    "1.2.840.10008.1.2.4.70",  # JPEG lossless, first order
    "1.2.840.10008.1.2.4.80",  # JPEG-LS lossless
    "1.2.840.10008.1.2.4.81",  # JPEG-LS
    "1.2.840.10008.1.2.4.90",  # JPEG 2000 lossless
    "1.2.840.10008.1.2.4.91",  # JPEG 2000
    "1.2.840.10008.1.2.5",  # RLE
)


def classes_of(told: Iterable[str]) -> Sequence[str]:
    """Give the SOP classes that images are said to be of; the usual ones where none is said."""
    return sorted({each for each in told if UID.fullmatch(each)}) or USUAL


def image_contexts(classes: Sequence[str], *, apart: bool) -> "list[PresentationContext]":
    """Give the forms in which images of some classes may come.

    Proposed to a node they stand `apart`, compressed ones one by one, so that it gives each image as it is stored; what
    we take that a node proposes is one context a class.
    """
    from pynetdicom.presentation import build_context

    syntaxes: list[Any] = [list(PLAIN), *COMPRESSED] if apart else [[*PLAIN, *COMPRESSED]]
    return [build_context(each, syntax) for each in classes for syntax in syntaxes]


def identifier(level: str, keys: Mapping[str, str]) -> "Dataset":
    """Give the data set that a query or a retrieve names its matches by."""
    from pydicom.dataset import Dataset

    asked: Any = Dataset()
    asked.QueryRetrieveLevel = level
    asked.SpecificCharacterSet = "ISO_IR 192"
    for keyword, value in keys.items():
        setattr(asked, keyword, value)
    return asked  # type: ignore[no-any-return]
