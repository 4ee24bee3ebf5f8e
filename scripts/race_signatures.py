"""Let processes sign the same cases at the same moment, and count how many have exactly one signature.

In SQLite, or in the empty PostgreSQL database that `--database URL` names. Exit 1 where one had none or several.
"""

import argparse
import multiprocessing
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from multiprocessing.queues import Queue
from multiprocessing.synchronize import Barrier
from pathlib import Path

from bench_orchestration import SECONDS, TRUST, put, tools

from overread.composition import open_room
from overread.errors import OverreadError
from overread.records import CaseFile, NotTold, Review, StatementReview
from overread.settings import Settings, load_settings

TOLD_SECONDS = 600.0
Told = tuple[str, str, str]
"""Case, who signed, and what they were told: `signed`, or the kind of the refusal."""


def main() -> None:
    """Read the cases, race for each, and print the count."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--trials", type=int, default=200)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--database", default="sqlite", help="sqlite, or the URL of an empty PostgreSQL database.")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        database = {} if asked.database == "sqlite" else {"database": asked.database}
        settings = load_settings(home=Path(name), profile="scripted", **database)
        cases = waiting(settings, asked.trials)
        told = raced(settings, cases, [f"Dr {number}" for number in range(1, asked.processes + 1)])
        single = sum(one_signature(settings, cases, told))
    refused = Counter(what for _, _, what in told if what != "signed")
    kind = "sqlite" if asked.database == "sqlite" else "postgresql"
    print(f"{kind}: {single} of {len(cases)} cases with exactly one signature, {asked.processes} processes")
    print(f"  told otherwise: {', '.join(f'{what} {count}' for what, count in refused.most_common()) or 'nobody'}")
    sys.exit(single != len(cases))


def waiting(settings: Settings, count: int) -> list[str]:
    """Read as many cases up to their review, and give their ids."""
    with open_room(settings, tools=tools(dict.fromkeys(SECONDS, 0.0)), trust=TRUST) as room:
        return [room.read(put(room, number)).case_id for number in range(1, count + 1)]


def raced(settings: Settings, cases: Sequence[str], names: Sequence[str]) -> list[Told]:
    """Sign each case from a process a name, all let go together, and give what each was told."""
    context = multiprocessing.get_context("spawn")
    barrier, answers = context.Barrier(len(names)), context.Queue()
    signers = [context.Process(target=sign, args=(settings, cases, name, barrier, answers)) for name in names]
    for signer in signers:
        signer.start()
    told = [each for _ in signers for each in answers.get(timeout=TOLD_SECONDS)]
    for signer in signers:
        signer.join()
    return told


def sign(settings: Settings, cases: Sequence[str], name: str, barrier: Barrier, answers: "Queue[list[Told]]") -> None:
    """Sign the cases in their order, each when all processes are ready for it."""
    told: list[Told] = []
    with open_room(settings, tools={}) as room:
        reviews = [accepted(room.file(case_id), name) for case_id in cases]
        for case_id, review in zip(cases, reviews, strict=True):
            barrier.wait(TOLD_SECONDS)
            try:
                room.decide(case_id, review)
                told.append((case_id, name, "signed"))
            except OverreadError as error:
                told.append((case_id, name, type(error).__name__))
    answers.put(told)


def accepted(file: CaseFile, reviewer: str) -> Review:
    """Accept every statement of the draft; nobody is told of a critical result, for a reason."""
    assert file.draft is not None
    assert file.draft_digest is not None
    return Review(
        reviewer=reviewer,
        decision="sign",
        statements=tuple(StatementReview(statement_id=each.id, action="accept") for each in file.draft.statements),
        draft_digest=file.draft_digest,
        at=datetime.now(UTC),
        not_told=tuple(NotTold(alert_id=alert.id, reason="a race of imaginary signers") for alert in file.alerts),
    )


def one_signature(settings: Settings, cases: Sequence[str], told: Sequence[Told]) -> list[bool]:
    """Say of each case whether one was told so, the report bears that name, and it was delivered once."""
    with open_room(settings, tools={}) as room:
        finals = {case_id: room.file(case_id).final for case_id in cases}
        sent = {case_id: [event for _, event, _ in room.store.journal(case_id)].count("delivered") for case_id in cases}
    signed = {case_id: [name for case, name, what in told if case == case_id and what == "signed"] for case_id in cases}
    return [
        final is not None and signed[case_id] == [final.signed_by] and sent[case_id] == 1
        for case_id, final in finals.items()
    ]


if __name__ == "__main__":
    main()
