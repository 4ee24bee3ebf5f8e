"""Films of one patient, rooms with scripted models, and receivers over real folders and servers."""

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from overread.archives.earlier import PriorSource
from overread.reading_room import ReadingRoom
from overread.receiving.intake import Intake
from overread.receiving.late_orders import LateOrders
from overread.receiving.order_source import OrderSource
from overread.receiving.receiver import Events, Receiver, Tally
from overread.receiving.source import Source
from overread.records import Received
from overread.testing.phantoms import render, sample_recipe, to_dicom
from tests.graphs.rooms import scripted_room

STUDY = "2.25.4243"
SECRET_NAME, SECRET_ID = "BERG^ANNCANARY", "77CANARY77"
ANN = {
    "PatientID": SECRET_ID,
    "PatientName": SECRET_NAME,
    "PatientBirthDate": "19600101",
    "PatientSex": "F",
    "StudyDate": "20250601",
    "StudyTime": "101500",
}
QUICK = {"quiet_seconds": 0.0, "poll_seconds": 0.05, "attempts": 2}


def film(
    folder: Path, number: int = 1, drawn: int = 1, *, view: str = "PA", study: str = STUDY, **header: str | None
) -> Path:
    """Write one image of a study: its number names its SOP Instance UID, `drawn` its pixels."""
    dataset = to_dicom(render(sample_recipe(drawn, view=view, flipped=False), 128))  # type: ignore[arg-type]
    dataset.StudyInstanceUID, dataset.SeriesInstanceUID = study, f"{study}.{number}"
    dataset.SOPInstanceUID = dataset.file_meta.MediaStorageSOPInstanceUID = f"{study}.{number}.1"
    for keyword, value in {**ANN, **header}.items():
        if value is None:
            delattr(dataset, keyword)
        else:
            setattr(dataset, keyword, value)
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{number}-{drawn}.dcm"
    dataset.save_as(path, enforce_file_format=True)
    return path


@contextmanager
def room_of(home: Path, **receiving: Any) -> Iterator[ReadingRoom]:
    with scripted_room(home, receiving={**QUICK, **receiving}) as room:
        yield room


def run(
    room: ReadingRoom,
    source: Source,
    *,
    orders: Sequence[OrderSource] = (),
    priors: PriorSource | None = None,
    to_review: bool = True,
    late: bool = False,
) -> tuple[list[Received], Tally]:
    """Receive once, and give what became of each study; `late`: and of the orders that came after theirs."""
    got: list[Received] = []
    events = Events(received=lambda received, file: got.append(received))
    intake = Intake(room, orders, priors)
    joining = LateOrders(room, orders, asked=True) if late else None
    receiver = Receiver(room, source, intake, events=events, late=joining, to_review=to_review)
    tally = receiver.run(threading.Event(), once=True)
    return got, tally
