"""What is written in the picture: that something is and where, which side a marker names; never the words."""

from collections.abc import Iterator, Sequence
from functools import cached_property

from overread.pixel_text.finder import open_finder
from overread.pixel_text.found import LetteredPixels, LetterFinder, TextBox
from overread.pixel_text.side_markers import is_marker, side_markers
from overread.ports import Parts, Tool, ToolCard, ToolInput
from overread.records import Evidence, Lettering, Refusal, Region, Study
from overread.tools._evidence_builder import EvidenceBuilder
from overread.tools._scope import not_a_radiograph


class LetteringTool:
    """Finds text by OCR, and side markers by a closer look at the outer parts of the picture."""

    card = ToolCard(
        name="lettering",
        version="1",
        describe="Text burned into the picture, by its place and never by its words, and side markers.",
        payloads=("lettering",),
        views=("PA", "AP", "LATERAL"),
        sees=(),
    )

    @cached_property
    def _finder(self) -> LetterFinder:
        return open_finder()

    def accepts(self, study: Study) -> Refusal | None:
        """Refuse a DICOM study without a projection radiograph; every view and a plain picture will do."""
        return not_a_radiograph(study)

    def run(self, work: ToolInput) -> Sequence[Evidence]:
        """Give each place where something is written, by kind, in pixels of the picture as shown; nothing where none.

        Where tools are shown pictures without their text, that is what was found and painted over. Raises
        `SettingsError` without the extra `ocr`.
        """
        builder = EvidenceBuilder(self.card, work, parameters={"ocr": self._finder.name})
        told = dict.fromkeys((_said(box), _region(box)) for box in self._boxes(work))
        return [builder.evidence(said, region) for said, region in told]

    def _boxes(self, work: ToolInput) -> Iterator[TextBox]:
        """Give text from the top down, then side markers."""
        picture, known = work.pixels.shown(work.image), work.pixels
        written = known.written(work.image) if isinstance(known, LetteredPixels) else self._finder.find(picture)
        markers = side_markers(picture, self._finder, written)
        yield from (box for box in written if box.letter is None and not is_marker(box, markers))
        yield from markers


def build(parts: Parts) -> Tool:
    """Build the tool; what reads is loaded at the first picture."""
    return LetteringTool()


def _said(box: TextBox) -> Lettering:
    side = None if box.letter is None else "left" if box.letter == "L" else "right"
    return Lettering.model_validate({"what": box.kind, "side": side})


def _region(box: TextBox) -> Region:
    return Region(x=box.left, y=box.top, width=box.width, height=box.height)
