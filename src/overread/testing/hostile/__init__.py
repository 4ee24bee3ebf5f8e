"""Inputs that are wrong on purpose, numbered: the same seed and number give the same bytes."""

from overread.testing.hostile.inputs import KINDS, Hostile, hostile_input
from overread.testing.hostile.originals import originals

__all__ = ["KINDS", "Hostile", "hostile_input", "originals"]
