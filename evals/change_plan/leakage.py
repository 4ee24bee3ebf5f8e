"""Does the test set hold a patient or a picture that the proposed weights were trained on?"""

from collections.abc import Iterator, Mapping

from overread.evals.change_plan.plan import Plan
from overread.evals.metrics._reading import Cells, read_rows

MOST_NAMED = 3


def leaks(plan: Plan, tests: Mapping[str, Cells]) -> Iterator[str]:
    """Say what test and training share, by each key of the plan; a key that either file lacks cannot be shown apart."""
    if plan.change != "weights" or plan.train is None:
        return
    training = read_rows(plan.train)
    for key in plan.leakage:
        tables = {plan.references.name: tests, plan.train.name: training}
        without = [name for name, rows in tables.items() if not all(_of(row, key) for row in rows.values())]
        if without:
            yield f"leakage cannot be ruled out: not every row of {without[0]} has '{key}'"
            continue
        trained = {_of(row, key) for row in training.values()}
        shared = [identity for identity, row in tests.items() if _of(row, key) in trained]
        if shared:
            named = ", ".join(shared[:MOST_NAMED]) + (" …" if len(shared) > MOST_NAMED else "")
            what = "patients" if key == "patient" else "pictures, by the digest of their pixels,"
            yield f"leakage: {len(shared)} test items are of {what} among the training data: {named}"


def _of(row: Cells, key: str) -> str:
    return str(row.get(key) or "").strip().lower()
