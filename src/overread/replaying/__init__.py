"""Time travel for developers: read a case again on a copy, from any node, and say what came out otherwise."""

from overread.replaying.differences import Difference, differences
from overread.replaying.replay import Replayed, replayed

__all__ = ["Difference", "Replayed", "differences", "replayed"]
