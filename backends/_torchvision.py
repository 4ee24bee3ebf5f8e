"""Import torchvision, also where PyPI's wheel of it lies beside a CPU build of torch.

The wheel's compiled part links CUDA and does not load there, so that the import ends at two operators whose Python
kernels it registers without anyone having declared them. What our models take from torchvision needs none of it.
"""

import sys
from importlib import import_module
from typing import Any

from overread.backends._threads import sleep_at_barriers

OPERATORS = ("nms", "qnms")
SIGNATURE = "(Tensor dets, Tensor scores, float iou_threshold) -> Tensor"

_declared: list[Any] = []
"""Libraries of declarations: these end when the library goes."""


def import_torchvision() -> None:
    """Import it; raise `ImportError` where it is not installed or not for this torch."""
    sleep_at_barriers()
    try:
        import_module("torchvision")
    except RuntimeError as error:
        if "torchvision::" not in str(error):
            raise ImportError("torchvision was built for another torch", name="torchvision") from error
        _forget()
        _declare()
        import_module("torchvision")


def _forget() -> None:
    for name in [name for name in sys.modules if name.split(".")[0] == "torchvision"]:
        del sys.modules[name]


def _declare() -> None:
    torch: Any = import_module("torch")  # its registration of operators is not annotated
    library = torch.library.Library("torchvision", "FRAGMENT")
    for name in OPERATORS:
        if not hasattr(torch.ops.torchvision, name):
            library.define(name + SIGNATURE)
    _declared.append(library)
