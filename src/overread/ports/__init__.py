"""What an extension must be: the protocols of tools, model backends and rules, and what they are handed.

A file in `tools/`, `backends/` or `rules/` without a leading underscore is an extension; its name is its name in the
settings; it exposes `build`. `overread.testing.conformance` proves each one against its protocol.
"""

from overread.ports.models import (
    Backend,
    BackendBuilder,
    BackendCard,
    BatchChatBackend,
    BreakingBackend,
    Capability,
    ChatAnswer,
    ChatBackend,
    ChatRequest,
    Circuit,
    EmbeddingBackend,
    LabelBackend,
    OutliningBackend,
    PlacedScores,
    PlacingBackend,
    SegmentationBackend,
    SelfDescribedLabels,
)
from overread.ports.parts import CaseIndex, Parts, SimilarCase, unfilled
from overread.ports.pictures import Artifacts, Picture, Pixels, StoredPng, StoredValues
from overread.ports.rules import EvidenceIndex, Rule
from overread.ports.tools import Sight, Tool, ToolCard, ToolInput, ToolName, keep_nothing

__all__ = [
    "Artifacts",
    "Backend",
    "BackendBuilder",
    "BackendCard",
    "BatchChatBackend",
    "BreakingBackend",
    "Capability",
    "CaseIndex",
    "ChatAnswer",
    "ChatBackend",
    "ChatRequest",
    "Circuit",
    "EmbeddingBackend",
    "EvidenceIndex",
    "LabelBackend",
    "OutliningBackend",
    "Parts",
    "Picture",
    "Pixels",
    "PlacedScores",
    "PlacingBackend",
    "Rule",
    "SegmentationBackend",
    "SelfDescribedLabels",
    "Sight",
    "SimilarCase",
    "StoredPng",
    "StoredValues",
    "Tool",
    "ToolCard",
    "ToolInput",
    "ToolName",
    "keep_nothing",
    "unfilled",
]
