"""Which studies a chest radiograph tool takes."""

from overread.records import Refusal, Study

PROJECTIONS = frozenset({"CR", "DX", "RG"})
"""Modalities of projection radiographs (DICOM PS3.3 C.7.3.1.1.1): computed, digital, conventional film."""


def not_a_radiograph(study: Study) -> Refusal | None:
    """Refuse a DICOM study without a projection radiograph; a plain picture states no modality."""
    modalities = sorted({series.modality for series in study.series})
    if study.source == "image" or PROJECTIONS & set(modalities):
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
