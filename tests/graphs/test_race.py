"""Two people sign one case at once, from two processes: one signature, and the other is told."""

import time
from pathlib import Path

from tests.graphs import processes
from tests.graphs.rooms import put_case, scripted_room
from tests.graphs.signer import sign_cases

TRIALS = 12


def test_of_two_signatures_at_once_one_stands(tmp_path: Path, database_url: str | None) -> None:
    home, gate = tmp_path / "home", tmp_path / "go"
    with scripted_room(home) as room:
        cases = [room.read(put_case(room, number)).case_id for number in range(1, TRIALS + 1)]
    signers = [processes.start(sign_cases, home, name, gate, cases) for name in "AB"]
    deadline = time.monotonic() + 60
    while not all((tmp_path / f"{name}.ready").exists() for name in ("A", "B")) and time.monotonic() < deadline:
        time.sleep(0.01)
    gate.touch()
    for signer in signers:
        signer.join(processes.SECONDS)
        assert signer.exitcode == 0
    told = {name: (tmp_path / f"{name}.told").read_text().splitlines() for name in "AB"}
    with scripted_room(home) as room:
        for case in cases:
            final = room.file(case).final
            assert final is not None
            winners = [name for name in "AB" if f"signed {case}" in told[name]]
            assert winners == [final.signed_by]
            delivered = [event for _, event, _ in room.store.journal(case) if event == "delivered"]
            assert len(delivered) == 1
