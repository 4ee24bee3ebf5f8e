"""Load a network of TorchXRayVision from the file that it is pinned to."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from overread.backends._loading import choose_device
from overread.errors import Unavailable


def network(make: Callable[[], Any], file: Path, model: str, device: str) -> Any:
    """Give what `make` loads, ready to be asked; raise `Unavailable` when the file is damaged."""
    try:
        loaded = make()
    except Exception as error:  # the library raises whatever a damaged pickle raises
        raise Unavailable(
            f"{file.name} of model '{model}' does not load ({type(error).__name__}); fetch it again"
        ) from error
    return loaded.eval().to(choose_device(device))
