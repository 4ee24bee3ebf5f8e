"""The sentences of a report as a DICOM Basic Text SR (PS3.3 A.35.1) of the template TID 2000: any viewer shows it."""

from collections.abc import Sequence
from pathlib import Path

from highdicom.sr import ContainerContentItem, ContentSequence, LanguageOfContentItemAndDescendants
from pydicom.dataset import Dataset
from pydicom.uid import BasicTextSRStorage

from overread.export._codes import concept
from overread.export._dicom import no_study, write_object
from overread.export._output import Export, Writer
from overread.export._sr_content import observers, sentences
from overread.export._sr_document import structured
from overread.export._states import State, newest

TITLE = concept("18748-4", "LN", "Diagnostic Imaging Report")
ENGLISH = concept("en", "RFC5646", "English")


class TextReport:
    """The report in words, a container a section; nothing is coded but the headings."""

    name = "text-sr"
    describe = "DICOM Basic Text SR, TID 2000: the sentences by section; text-sr.dcm"

    def why_not(self, export: Export) -> str | None:
        """Say why there is none: a plain picture belongs to no DICOM study."""
        return no_study(export)

    def write(self, export: Export, folder: Path) -> Sequence[Path]:
        """Write `text-sr.dcm`."""
        state = newest(export.file)
        made = structured(export, state, self.name, _content(state), BasicTextSRStorage)
        return [write_object(made, folder / "text-sr.dcm")]


def build() -> Writer:
    """Give the writer."""
    return TextReport()


def _content(state: State) -> Dataset:
    root = ContainerContentItem(name=TITLE, template_id="2000")
    items = ContentSequence(is_sr=True)
    items.extend(LanguageOfContentItemAndDescendants(ENGLISH))
    items.extend(observers(state))
    items.extend(sentences(state))
    root.ContentSequence = items
    return root
