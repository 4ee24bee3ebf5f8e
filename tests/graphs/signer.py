"""The work of a process that signs cases the moment a gate file appears, and writes down what it was told."""

import time
from pathlib import Path

from overread.errors import OverreadError
from tests.graphs.rooms import scripted_room, sign_all


def sign_cases(home: Path, name: str, gate: Path, cases: list[str]) -> None:
    told = []
    with scripted_room(home) as room:
        reviews = [sign_all(room.file(case), reviewer=name) for case in cases]
        (gate.parent / f"{name}.ready").touch()
        while not gate.exists():
            time.sleep(0.002)
        for case, review in zip(cases, reviews, strict=True):
            try:
                room.decide(case, review)
                told.append(f"signed {case}")
            except OverreadError as error:
                told.append(f"refused {case} {type(error).__name__}")
    (gate.parent / f"{name}.told").write_text("\n".join(told))
