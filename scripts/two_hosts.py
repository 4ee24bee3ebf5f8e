"""Read a batch on two hosts that share one PostgreSQL, and pull the cable of one of them while it reads.

    python -m scripts.two_hosts [--cases 60] [--cut-after 15]

Needs root, iproute2 and PostgreSQL. Each host is a network namespace of this machine with one `overread worker` in it,
the folder `home` is shared, and the database is behind a bridge that either reaches by its own cable. The cable of the
first is pulled while it has a case, and put back when every case is settled. Models answer from a script: what is shown
is that each case is read once, not how well or how fast.
"""

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
from PIL import Image

from overread.batch.summary import lines_in
from overread.store.home import Home
from overread.testing.phantoms import render, sample_recipe, to_display
from tests.postgres import serving

HOSTS = ("overread-a", "overread-b")
BRIDGE, SERVER, NETWORK = "overread-br", "198.51.100.1", "198.51.100.0/24"
"""The network is one of those that are set aside for documentation: nothing else has its addresses."""
LEASE_SECONDS = 20.0
WAIT_SECONDS = 1800.0


@dataclass(frozen=True)
class Shared:
    """What the processes share: settings of the command, and where it writes."""

    folder: Path
    url: str

    @contextmanager
    def started(
        self, *arguments: object, host: str | None = None, errors: Path = Path(os.devnull)
    ) -> "Iterator[subprocess.Popen[bytes]]":
        """Start the command, on a host of its own or on this one; it does not outlive the block."""
        inside = ["ip", "netns", "exec", host] if host else []
        settings = {"home": self.folder / "home", "profile": "scripted", "reading.lease_seconds": LEASE_SECONDS}
        settings |= {"log_format": "json", "log_level": "INFO"}
        given = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        command = [*inside, sys.executable, "-m", "overread.cli", *given, *map(str, arguments)]
        environment = {**os.environ, "OVERREAD_DATABASE": self.url, "OMP_NUM_THREADS": "1"}
        with errors.open("w") as said:
            process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=said, env=environment)
        try:
            yield process
        finally:
            process.kill()
            process.wait()

    def has_a_case(self, process: int) -> bool:
        """Tell whether a process has a case now, by the names that workers give themselves."""
        held = self.ask("SELECT holder FROM reading_queue WHERE state = 'leased'")
        return any(str(process) in str(holder).split() for (holder,) in held)

    def settled(self) -> int:
        """Count the cases that are settled."""
        (row,) = self.ask("SELECT count(*) FROM reading_queue WHERE state IN ('done', 'aside')")
        return int(row[0])

    def ask(self, query: str) -> list[tuple[object, ...]]:
        """Ask the database."""
        with psycopg.connect(self.url) as connection:
            return connection.execute(query).fetchall()


def ip(*words: str) -> None:
    """Change the network."""
    subprocess.run(["ip", *words], check=True)


@contextmanager
def two_hosts() -> Iterator[None]:
    """Make a bridge and two hosts that reach it by a cable each; all of it is gone at the end."""
    with ExitStack() as stack:
        ip("link", "add", BRIDGE, "type", "bridge")
        stack.callback(ip, "link", "delete", BRIDGE)
        ip("addr", "add", f"{SERVER}/24", "dev", BRIDGE)
        ip("link", "set", BRIDGE, "up")
        for number, host in enumerate(HOSTS):
            ip("netns", "add", host)
            stack.callback(ip, "netns", "delete", host)
            ip("link", "add", host, "type", "veth", "peer", "name", "eth0", "netns", host)
            ip("link", "set", host, "master", BRIDGE, "up")
            ip("-n", host, "link", "set", "lo", "up")
            ip("-n", host, "addr", "add", f"198.51.100.{2 + number}/24", "dev", "eth0")
            ip("-n", host, "link", "set", "eth0", "up")
        yield


def wait_until(condition: Callable[[], object], what: str) -> None:
    """Wait for something to come to pass; raises where it does not."""
    until = time.monotonic() + WAIT_SECONDS
    while not condition():
        if time.monotonic() > until:
            raise SystemExit(f"it did not come to pass within {WAIT_SECONDS:g} s: {what}")
        time.sleep(0.02)


def read_by(log: Path) -> Counter[str]:
    """Count how often a worker brought each case to rest, by its log."""
    said = [json.loads(line) for line in log.read_text().splitlines() if line.startswith("{")]
    return Counter(line["case_id"] for line in said if line["message"] == "case at rest")


def main() -> None:
    """Print what came of the cases, and which host read how many."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cases", type=int, default=60)
    parser.add_argument(
        "--cut-after", type=int, default=15, metavar="N", help="settled cases before the cable is pulled"
    )
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))  # what was made goes away then, too
    with (
        tempfile.TemporaryDirectory() as name,
        two_hosts(),
        serving(SERVER, NETWORK) as server,
    ):
        shared = Shared(Path(name), server.new_database())
        Home(shared.folder / "home", shared.url).close()  # its tables are there before anybody asks
        (shared.folder / "films").mkdir()
        for number in range(options.cases):
            film = to_display(render(sample_recipe(number, view="PA", flipped=False), 64))
            Image.fromarray(film).save(shared.folder / "films" / f"{number}.png")
        told = pull_the_cable(shared, options.cut_after)
        print("\n".join([*told, *checked(shared, options.cases)]))


def pull_the_cable(shared: Shared, cut_after: int) -> list[str]:
    """Read the batch, the first host cut off on the way; says what happened."""
    (cut, other), logs = HOSTS, {host: shared.folder / f"{host}.log" for host in HOSTS}
    one = ("worker", "--workers", 1)
    with (
        shared.started("batch", shared.folder / "films", "--out", shared.folder / "out", "--workers", 0) as batch,
        shared.started(*one, host=cut, errors=logs[cut]) as first,
        shared.started(*one, host=other, errors=logs[other]) as second,
    ):
        wait_until(lambda: shared.settled() >= cut_after, "cases are settled")
        wait_until(lambda: shared.has_a_case(first.pid), f"{cut} has a case")
        ip("link", "set", cut, "down")
        began, before = time.monotonic(), sum(read_by(logs[cut]).values())
        if not shared.has_a_case(first.pid):
            raise SystemExit("the case was settled before the cable was out; try again")
        wait_until(lambda: batch.poll() is not None, "every case is settled")
        seconds = time.monotonic() - began
        ip("link", "set", cut, "up")
        for worker in (first, second):
            worker.terminate()
            worker.wait(WAIT_SECONDS)
    if "1 cases were taken over" not in logs[cut].read_text():
        raise SystemExit(f"{cut} does not say that its case was taken over")
    counts = {host: read_by(log) for host, log in logs.items()}
    return [
        f"{cut}  {sum(counts[cut].values())} read, {before} of them before its cable was out",
        f"{cut}  cut off for {seconds:.0f} s with a case in flight, which it says others took over",
        f"{other}  {sum(counts[other].values())} read",
        f"read to the end on both: {len(counts[cut].keys() & counts[other].keys())}",
    ]


def checked(shared: Shared, cases: int) -> list[str]:
    """Say what is in the summary and in the store; raises where a case is missing or there twice."""
    lines = lines_in(shared.folder / "out" / "summary.jsonl")
    states = dict(shared.ask("SELECT state, count(*) FROM reading_queue GROUP BY state"))
    deaths = shared.ask("SELECT coalesce(sum(deaths), 0) FROM reading_queue")[0][0]
    (kept,) = shared.ask("SELECT count(*) FROM cases")[0]
    ids = {line.case_id for line in lines}
    statuses = Counter(line.status for line in lines)
    if not (len(lines) == len(ids) == kept == cases and states == {"done": cases}):
        raise SystemExit(f"{len(lines)} lines of {len(ids)} cases, {kept} in the store, in the queue {states}")
    return [f"{cases} cases, each once in summary and store: {dict(statuses)}; leases that ran out: {deaths}"]


if __name__ == "__main__":
    main()
