"""What is chosen beside the Basic Profile, and how the object says so (PS3.16 CID 7050)."""

from collections.abc import Mapping
from typing import Literal

from pydantic import ValidationError

from overread.errors import UsageError
from overread.records import Record

Dates = Literal["shift", "remove"]
Times = Literal["keep", "remove"]
Descriptors = Literal["clean", "remove"]
Pixels = Literal["clean", "keep"]

BASIC = ("113100", "Basic Application Confidentiality Profile")
CLEAN_PIXELS = ("113101", "Clean Pixel Data Option")
CLEAN_DESCRIPTORS = ("113105", "Clean Descriptors Option")
MODIFIED_DATES = ("113107", "Retain Longitudinal Temporal Information Modified Dates Option")
CHARACTERISTICS = ("113108", "Retain Patient Characteristics Option")


class Options(Record):
    """The options of the profile that are taken."""

    dates: Dates = "shift"
    """Shifted by the same whole days for all of a patient, or taken out."""
    times: Times = "keep"
    """Of the day; with `dates` taken out they go too."""
    descriptors: Descriptors = "clean"
    """Kept word by word from a list, or taken out."""
    characteristics: bool = False
    """Whether sex, age (90 at most), size and weight stay."""
    pixels: Pixels = "clean"
    """Text in the picture is looked for and painted over, or the picture stays as it is."""

    @property
    def methods(self) -> tuple[tuple[str, str], ...]:
        """Give code value and meaning of each method that is applied, of the coding scheme DCM."""
        taken = (
            (True, BASIC),
            (self.pixels == "clean", CLEAN_PIXELS),
            (self.descriptors == "clean", CLEAN_DESCRIPTORS),
            (self.dates == "shift", MODIFIED_DATES),
            (self.characteristics, CHARACTERISTICS),
        )
        return tuple(code for applies, code in taken if applies)


def options_of(chosen: Mapping[str, object]) -> Options:
    """Give the options by name; raises `UsageError` for a value that an option does not have."""
    try:
        return Options.model_validate(chosen)
    except ValidationError as error:
        first = error.errors(include_input=False)[0]
        raise UsageError(f"--{'.'.join(map(str, first['loc']))}: {first['msg']}") from None
