"""Doubles that ship: tools that give what they are told, stores in memory, and records made to order."""

from overread.testing.doubles.makers import (
    make_case,
    make_evidence,
    make_image,
    make_picture,
    make_prior,
    make_provenance,
    make_study,
    make_work,
)
from overread.testing.doubles.memory import MemoryArtifacts, MemoryPixels
from overread.testing.doubles.tool import Fault, ScriptedTool

__all__ = [
    "Fault",
    "MemoryArtifacts",
    "MemoryPixels",
    "ScriptedTool",
    "make_case",
    "make_evidence",
    "make_image",
    "make_picture",
    "make_prior",
    "make_provenance",
    "make_study",
    "make_work",
]
