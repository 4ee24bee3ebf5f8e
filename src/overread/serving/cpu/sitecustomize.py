"""Let PyPI's torchvision be imported beside a CPU build of torch, in a server and in every process that it starts.

The wheel's compiled part links CUDA and does not load there, so that the import ends at two operators for which
torchvision registers Python kernels without anyone having declared them. vLLM uses nothing of the compiled part.
"""

import importlib.machinery
import sys
import types
from collections.abc import Sequence
from importlib.abc import MetaPathFinder
from typing import Any

OPERATORS = ("nms", "qnms")
SIGNATURE = "(Tensor dets, Tensor scores, float iou_threshold) -> Tensor"


class DeclareOperators(MetaPathFinder):
    """Declares the operators when torchvision is first looked for, and leaves the search to the others."""

    declared: object = None
    """The library that holds the declarations: they end with it."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: types.ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        """Declare the operators at the first search for torchvision; None always, so that the search goes on."""
        if fullname == "torchvision" and self.declared is None:
            self.declared = _declare()
        return None


def _declare() -> Any:
    import torch

    make: Any = torch.library.Library  # without annotations of its own
    library = make("torchvision", "FRAGMENT")
    if torch.version.cuda is None:
        for name in OPERATORS:
            if not hasattr(torch.ops.torchvision, name):
                library.define(name + SIGNATURE)
    return library


sys.meta_path.insert(0, DeclareOperators())
