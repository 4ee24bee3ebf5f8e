"""Numbered synthetic chest radiographs with known truth, to train and test on. Never shown as a patient."""

from overread.testing.phantoms.dicom import negative_to_dicom, to_dicom, write_study
from overread.testing.phantoms.negatives import NEGATIVE_KINDS, render_negative
from overread.testing.phantoms.recipe import LABELS, PhantomRecipe, PhantomTruth, PlacedFinding
from overread.testing.phantoms.render import Phantom, render, to_display
from overread.testing.phantoms.sampling import prior_of, sample_recipe

__all__ = [
    "LABELS",
    "NEGATIVE_KINDS",
    "Phantom",
    "PhantomRecipe",
    "PhantomTruth",
    "PlacedFinding",
    "negative_to_dicom",
    "prior_of",
    "render",
    "render_negative",
    "sample_recipe",
    "to_dicom",
    "to_display",
    "write_study",
]
