"""Load the models of a room before the first case asks for them, by showing each tool a phantom."""

import logging
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from overread.errors import OverreadError

if TYPE_CHECKING:
    from overread.reading_room import ReadingRoom

LOGGER = logging.getLogger(__name__)
PHANTOM = 1


@contextmanager
def loading(room: "ReadingRoom") -> Iterator[None]:
    """Load models that lie in this process during the block, in a thread; the end waits for the tool at work."""
    from overread.batch.processes import LOCAL
    from overread.settings import load_profile

    settings, stop = room.services.settings, threading.Event()
    roles = load_profile(settings.profile, settings).roles
    if not any(spec.backend in LOCAL for spec in roles.values()):
        yield
        return
    thread = threading.Thread(target=load_models, args=(room, stop.is_set), name="loading", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def load_models(room: "ReadingRoom", stopped: Callable[[], bool] = lambda: False) -> None:
    """Run each tool once on a phantom, which becomes no case; what fails here is said when a case asks for it."""
    from overread.standalone import admit, questions_for, run_alone
    from overread.testing.phantoms import sample_recipe, write_study

    try:
        with tempfile.TemporaryDirectory(prefix="overread-phantom-") as folder:
            write_study(Path(folder), sample_recipe(PHANTOM, view="PA", flipped=False), size=256)
            admitted = admit(room, [Path(folder)], gated=True)
        for tool in room.services.tools.values():
            if not stopped():
                run_alone(room, admitted, tool, questions_for(admitted, tool))
    except (OverreadError, OSError) as error:
        LOGGER.warning("the models are loaded by the first case: %s", type(error).__name__)
