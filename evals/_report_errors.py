"""The six kinds of error of ReXVal (Yu et al., Patterns 2023), each significant for the patient or not."""

from collections.abc import Mapping
from types import MappingProxyType

ERRORS: Mapping[str, str] = MappingProxyType(
    {
        "false_finding": "says something is there that is not",
        "missing_finding": "leaves out something that is there",
        "wrong_location": "wrong side or place",
        "wrong_severity": "wrong size or degree",
        "false_comparison": "compares where there is nothing to compare",
        "missing_comparison": "leaves out a change since an earlier study",
    }
)
"""Kind to what it means."""
WEIGHTS = ("significant", "insignificant")
