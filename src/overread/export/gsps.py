"""Places of findings as Grayscale Softcopy Presentation States (PS3.3 A.33.1): boxes and words over an image."""

from collections.abc import Sequence
from pathlib import Path

from overread.export._dicom import no_study, write_object
from overread.export._output import Export, Writer
from overread.export._places import places
from overread.export._presentation import presentation_of, unfit
from overread.export._states import newest


class PresentationState:
    """One state for each image in which a finding that the report speaks of has a place."""

    name = "gsps"
    describe = "DICOM presentation state: places of findings as boxes with words over the image; gsps.dcm, one an image"

    def why_not(self, export: Export) -> str | None:
        """Say why there is none: no DICOM study, no place, or an image whose greys or frames cannot be told."""
        if why := no_study(export):
            return why
        found = places(newest(export.file))
        if not found:
            return "no finding that the report speaks of has a place in an image"
        return next((why for shown, _ in found if (why := unfit(export, shown.image))), None)

    def write(self, export: Export, folder: Path) -> Sequence[Path]:
        """Write `gsps.dcm`, for further images `gsps-2.dcm` and so on."""
        state = newest(export.file)
        return [
            write_object(
                presentation_of(export, state, number, *found),
                folder / f"gsps{'' if number == 1 else f'-{number}'}.dcm",
            )
            for number, found in enumerate(places(state), 1)
        ]


def build() -> Writer:
    """Give the writer."""
    return PresentationState()
