"""Which studies and pictures a chest radiograph tool takes."""

from overread.errors import ToolError
from overread.imaging.gate import BLANK_FRACTION, LEAST_RANGE
from overread.imaging.image_choice import RADIOGRAPHS
from overread.imaging.quality import QualityStatistics, looks_blank
from overread.ports import Picture, ToolInput
from overread.records import Refusal, Study


def not_a_radiograph(study: Study) -> Refusal | None:
    """Refuse a DICOM study without a projection radiograph; a plain picture states no modality."""
    modalities = sorted({series.modality for series in study.series})
    if study.source == "image" or RADIOGRAPHS & set(modalities):
        return None
    return Refusal(
        reason="wrong_modality",
        detail=f"the study is {', '.join(modalities) or 'without images'}, not a chest radiograph",
        next_step="send a CR or DX study of the chest",
    )


def not_frontal(study: Study) -> Refusal | None:
    """Refuse what is no radiograph, and a study without a frontal (PA, AP or unstated) view."""
    if (refusal := not_a_radiograph(study)) is not None:
        return refusal
    if study.frontal is None:
        return Refusal(
            reason="no_frontal_view", detail="the study has no PA or AP image", next_step="add the frontal image"
        )
    return None


def picture_to_read(work: ToolInput) -> Picture:
    """Give the picture as shown; raise `ToolError` on a blank one, in which a model would see what it expects."""
    picture = work.pixels.shown(work.image)
    if looks_blank(picture, BLANK_FRACTION, LEAST_RANGE):
        raise ToolError("the picture is all but one grey level; nothing was read from it")
    return picture


def is_blank(statistics: QualityStatistics) -> bool:
    """Say whether a picture is blank, by the limits of the gate."""
    return statistics.blank_fraction >= BLANK_FRACTION or statistics.dynamic_range < LEAST_RANGE
