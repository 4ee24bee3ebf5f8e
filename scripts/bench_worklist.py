"""Time the worklist over 10,000 cases, and as a share of reading every case: a ratio that holds on any machine.

In SQLite, and in the empty database that `--database URL` names; with `--browser` also from the navigation to rows
on the screen, in headless Chromium.
"""

import argparse
import json
import os
import shutil
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median

import sqlalchemy as sa

from overread.records import Alert, Case, CaseStatus, Order
from overread.store import _schema as t
from overread.store.home import Home
from overread.store.list_query import ListQuery, Scope
from overread.store.listing import listed
from overread.testing.doubles import make_case, make_picture, make_study

STATUSES: tuple[CaseStatus, ...] = ("awaiting_review",) * 5 + ("signed",) * 12 + ("failed", "refused", "running")
PRIORITIES = ("routine",) * 7 + ("urgent", "urgent", "STAT")
FILE_BYTES = 30_000
"""Of a case's file: lists that read it would be slow."""
NAMES = ("Smith^John", "Müller^Anna", "Garcia^Lucia", "Okafor^Ada", "Tanaka^Ken")
ROWS_SHOWN = """new MutationObserver((_, watch) => {
    if (!document.querySelector('tr[data-case]')) return;
    watch.disconnect();
    requestAnimationFrame(() => setTimeout(() => { window.rowsShown = performance.now(); }));
}).observe(document, {childList: true, subtree: true});"""
"""Milliseconds from the navigation until the first rows were painted."""
QUERIES = {
    "page 1": ListQuery(),
    "page 100": ListQuery(page=100),
    "by study, last first": ListQuery(sort="study", descending=True),
    "awaiting, urgent": ListQuery(statuses=("awaiting_review",), priority="urgent"),
    "mine, overdue": ListQuery(assignee="mine", age="overdue"),
    "search a patient": ListQuery(find="okafor 77"),
}


def main() -> None:
    """Fill a store in each database and print medians of the times."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--cases", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--database", metavar="URL", help="An empty PostgreSQL database.")
    parser.add_argument("--browser", action="store_true", help="Open the page as well; needs Chromium.")
    asked = parser.parse_args()
    urls = {"sqlite": None} | ({"postgresql": asked.database} if asked.database else {})
    with tempfile.TemporaryDirectory() as name:
        for kind, url in urls.items():
            with closing(Home(Path(name) / kind, url)) as home:
                fill(home, asked.cases)
                report(kind, home, asked.rounds)
            if asked.browser:
                in_browser(kind, Path(name) / kind, url, asked.rounds)


def report(kind: str, home: Home, rounds: int) -> None:
    """Print what each query takes, and by how much less than reading every case."""
    ids = [row.case_id for row in home.cases.rows()]
    some = ids[:: max(1, len(ids) // 200)]
    every = timed(lambda: [home.cases.case(case_id) for case_id in some], 1) * len(ids) / len(some)
    limits = {"STAT": timedelta(hours=1), "urgent": timedelta(hours=4), "routine": timedelta(hours=24)}
    scope = Scope("dr-a", named=True, limits=limits)
    print(f"{kind}: {len(ids)} cases; reading every case takes {every:.2f} s")
    for words, query in QUERIES.items():
        seconds = timed(lambda query=query: home.worklist.page(query, scope), rounds)
        print(f"  {words:24} {seconds * 1000:7.1f} ms   1/{every / seconds:.0f}")
    first = home.worklist.page(QUERIES["page 1"], scope).rows[0].case_id
    seconds = timed(lambda: home.worklist.neighbours(first, ListQuery(), scope), rounds)
    print(f"  {'next and previous':24} {seconds * 1000:7.1f} ms   1/{every / seconds:.0f}")


def in_browser(kind: str, folder: Path, url: str | None, rounds: int) -> None:
    """Print the time from the navigation to the first rows, in a new browser and in one that was here before."""
    from bench_viewer import FLAGS, served
    from playwright.sync_api import sync_playwright

    from overread.composition import open_room
    from overread.review import LinkAccess, create_app
    from overread.settings import load_settings

    access = LinkAccess()
    with (
        open_room(load_settings(home=folder, **({"database": url} if url else {})), tools={}) as room,
        served(create_app(room, access)) as address,
        sync_playwright() as driver,
    ):
        browser = driver.chromium.launch(executable_path=shutil.which("chromium"), args=list(FLAGS))
        shown: dict[str, list[float]] = {"new": [], "again": []}
        for _ in range(rounds):
            context = browser.new_context(viewport={"width": 1600, "height": 950})
            context.add_cookies([{"name": access.cookie, "value": str(access.exchange(access.link())), "url": address}])
            for visit in ("new", "again"):
                page = context.new_page()
                page.add_init_script(ROWS_SHOWN)
                page.goto(address)
                page.wait_for_function("() => window.rowsShown")
                shown[visit].append(page.evaluate("() => window.rowsShown"))
                page.close()
            context.close()
        browser.close()
    for visit, times in shown.items():
        print(f"  rows on the screen, {visit:5} {median(times):5.0f} ms, {min(times):.0f} to {max(times):.0f}")
    print(f"  processors {os.cpu_count()}, load {os.getloadavg()[0]:.1f}")


def timed(work: Callable[[], object], rounds: int) -> float:
    """Give the median of the seconds that some work takes, after one try that does not count."""
    work()
    spent = []
    for _ in range(rounds):
        start = time.perf_counter()
        work()
        spent.append(time.perf_counter() - start)
    return median(spent)


def fill(home: Home, count: int) -> None:
    """Put drawn cases of all states, priorities and leases into a store."""
    now, picture = datetime.now(UTC), make_picture(1)
    with home.database.begin() as connection:
        for start in range(0, count, 500):
            batch = [drawn(number, picture) for number in range(start, min(count, start + 500))]
            rows = [(case, now - timedelta(minutes=7 * number), number) for number, case in batch]
            connection.execute(sa.insert(t.cases), [on_file(*row) for row in rows])
            connection.execute(sa.insert(t.listing), [in_list(*row) for row in rows])
            flagged = [(case.case_id, number) for number, case in batch if number % 40 == 0]
            connection.execute(sa.insert(t.alerts), [alert(case_id, now) for case_id, _ in flagged])
            held = [case.case_id for number, case in batch if number % 6 == 0]
            leased = {"assignee": "dr-a", "assigned_by": "dr-a", "at": now, "lease_until": now + timedelta(hours=1)}
            connection.execute(sa.insert(t.assignments), [{"case_id": case_id, **leased} for case_id in held])


def drawn(number: int, picture: object) -> tuple[int, Case]:
    """Draw one case; all share a picture, which no list reads."""
    order = Order(accession_number=f"ACC-{number:06d}", priority=PRIORITIES[number % 10])  # type: ignore[arg-type]
    study = make_study(number, pictures=(picture,))  # type: ignore[arg-type]
    return number, make_case(study, case_id=f"c-{number:016x}", order=order)


def on_file(case: Case, at: datetime, number: int) -> dict[str, object]:
    """Give the row of a case with a file of the usual size."""
    return {
        "case_id": case.case_id,
        "status": STATUSES[number % 20],
        "profile": "bench",
        "graph_version": 1,
        "priority": case.order.priority,
        "study_uid": case.study.uid,
        "case_json": case.model_dump_json(),
        "headers_json": "{}",
        "identity_json": json.dumps(identity(number)),
        "file_json": json.dumps({"padding": "x" * FILE_BYTES}),
        "created_at": at,
        "updated_at": at,
    }


def in_list(case: Case, at: datetime, number: int) -> dict[str, object]:
    """Give the row of the list."""
    category = 1 if number % 40 == 0 else 9
    return listed(case, identity(number), at, STATUSES[number % 20], category)


def identity(number: int) -> dict[str, str]:
    """Name an imaginary patient."""
    return {"name": NAMES[number % 5], "patient_id": f"PID{number:06d}"}


def alert(case_id: str, now: datetime) -> dict[str, object]:
    """Raise a critical result."""
    raised = Alert(
        id=f"a-{case_id}", label="Pneumothorax", category=1, message="Pneumothorax", evidence_ids=(), raised_at=now
    )
    return {"id": raised.id, "case_id": case_id, "alert_json": raised.model_dump_json(), "raised_at": now}


if __name__ == "__main__":
    main()
