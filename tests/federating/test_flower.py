"""Three hospitals and a SuperLink, each a process of its own, over TLS, by the commands of docs/pooling.md.

A hospital refuses whatever is no masked sum of three at least.
"""

import os
import socket
import subprocess
import sys
import time
import warnings
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

import numpy as np
import pytest

from tests.needs import require

require("federated")

with warnings.catch_warnings(action="ignore"):  # Flower's command line asks click for what it will drop
    from flwr.app import ConfigRecord, Context, Message, RecordDict
    from flwr.common.secure_aggregation.secaggplus_constants import RECORD_KEY_CONFIGS, Key, Stage
    from flwr.supercore.task_identity import TaskIdentity

    from overread.federating.site_app import answer_only_masked

from overread.errors import ModelRefused
from overread.federating.discriminant import fold_heads, heads_of
from overread.federating.flower_app import write_app
from overread.federating.plan import Plan
from overread.federating.result import read_result
from overread.federating.site_films import write_site
from overread.federating.sums import CLIP, COUNTS, STEPS, counts_of, moments_from, moments_of
from overread.federating.told import ledger_of, read_told
from tests.federating.test_sums import SIGN, films, together

SETUP = {
    Key.STAGE: Stage.SETUP,
    Key.SAMPLE_NUMBER: 3,
    Key.SHARE_NUMBER: 3,
    Key.THRESHOLD: 3,
    Key.CLIPPING_RANGE: CLIP,
    Key.TARGET_RANGE: STEPS,
    Key.MOD_RANGE: 2**32,
    Key.MAX_WEIGHT: 1.0,
}


def asked(content: dict[str, object] | None) -> Message:
    TaskIdentity.task_id, TaskIdentity.run_id, TaskIdentity.node_id = (
        1,
        1,
        1,
    )  # as in the process that Flower starts for a message
    records = RecordDict({} if content is None else {RECORD_KEY_CONFIGS: ConfigRecord(content)})
    return Message(content=records, dst_node_id=1, message_type="train")


def unreachable(message: Message, context: Context) -> Message:
    raise AssertionError("a hospital looked at its films")


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (None, "secure sum only"),
        ({**SETUP, Key.SAMPLE_NUMBER: 2}, "3 at least"),
        ({**SETUP, Key.THRESHOLD: 2}, "3 at least"),
        ({**SETUP, Key.TARGET_RANGE: 2**10}, "other steps"),
        ({Key.STAGE: Stage.UNMASK, Key.ACTIVE_NODE_ID_LIST: [1, 2, 3], Key.DEAD_NODE_ID_LIST: [1]}, "dropped out"),
    ],
)
def test_a_coordinator_that_asks_for_more_than_a_sum_of_three_is_refused(
    content: dict[str, object] | None, why: str
) -> None:
    context = Context(run_id=1, node_id=1, node_config={}, state=RecordDict(), run_config={})
    with pytest.raises(ModelRefused, match=why):
        answer_only_masked(asked(content), context, unreachable)
    answer_only_masked(asked(dict(SETUP)), context, unreachable)


@pytest.mark.slow
@pytest.mark.timeout(900)  # each of 24 messages starts a process, which loads Flower
def test_three_hospitals_train_over_the_loopback_what_one_place_would_have(tmp_path: Path) -> None:
    sites = [films(seed, 150 + 50 * seed) for seed in range(3)]
    for number, site in enumerate(sites):
        write_site(site, tmp_path / f"site{number}")
    write_app(tmp_path / "app", 3, "weights", tmp_path / "result")
    with network(tmp_path, 3) as run:
        assert subprocess.run(run, env=surroundings(tmp_path / "runner"), timeout=800, check=False).returncode == 0
    result = read_result(tmp_path / "result")
    sums = moments_from(moments_of(together(sites)))
    assert result.heads.weight == pytest.approx(heads_of(sums).weight, abs=1e-3, nan_ok=True)
    counts = sum(counts_of(site, *fold_heads(sums)) for site in sites)
    assert np.abs(result.counts - np.reshape(counts, COUNTS)).sum() <= 20  # a score on the edge of a bin, at most
    assert result.sites == 3


@pytest.mark.slow
@pytest.mark.timeout(1800)  # each of 40 messages starts a process, which loads Flower and some OpenDP
def test_three_hospitals_train_with_noise_and_one_that_has_told_enough_stops_the_next(tmp_path: Path) -> None:
    for number in range(3):
        write_site(films(number, 400), tmp_path / f"site{number}")
    plan = Plan(epsilon=100.0, delta=1e-5, rounds=1, honest=2)
    write_app(tmp_path / "app", 3, "weights", tmp_path / "result", plan)
    with network(tmp_path, 3, ["epsilon=100.0", "epsilon=200.0", "epsilon=300"]) as run:
        assert subprocess.run(run, env=surroundings(tmp_path / "runner"), timeout=1200, check=False).returncode == 0
        result = read_result(tmp_path / "result")
        assert (result.sites, result.plan) == (3, plan)
        assert 500 < result.counts[SIGN].sum() < 700  # of 1200: patients with so many findings are cut to about half
        for number in range(3):
            (told,) = read_told(ledger_of(tmp_path / f"site{number}"))
            assert (told.plan, told.answered) == (plan, 3)
        (tmp_path / "result").unlink()
        subprocess.run(run, env=surroundings(tmp_path / "runner"), timeout=600, check=False)
    assert not (tmp_path / "result").exists()
    assert len(read_told(ledger_of(tmp_path / "site0"))) == 1
    assert "and the training would make it" in (tmp_path / "node0" / "log").read_text()


@contextmanager
def network(folder: Path, sites: int, limits: Sequence[str] = ()) -> Iterator[list[str]]:
    """Run a SuperLink and SuperNodes; give the command that runs the app."""
    ports = [free_port() for _ in range(sites + 1)]
    tls = certificates(folder)
    programs = Path(sys.executable).parent
    link = f"--host 127.0.0.1 --port {ports[0]} --disable-runtime-dependency-installation"
    link += f" --ssl-ca-certfile {tls}/ca.crt --ssl-certfile {tls}/server.pem --ssl-keyfile {tls}/server.key"
    (folder / "runner").mkdir()
    (folder / "runner" / "config.toml").write_text(
        f'[superlink]\ndefault = "here"\n[superlink.here]\naddress = "localhost:{ports[0]}"\n'
        f'root-certificates = "{tls}/ca.crt"\n'
    )
    with ExitStack() as stack:
        stack.enter_context(running([str(programs / "flower-superlink"), *link.split()], folder / "link"))
        wait_for(ports[0])
        for number in range(sites):
            node = f"--root-certificates {tls}/ca.crt --superlink localhost:{ports[0]} --port {ports[number + 1]}"
            said = " ".join([f'films="{folder / f"site{number}"}"', *limits[number : number + 1]])
            told = ["--node-config", said]
            stack.enter_context(
                running([str(programs / "flower-supernode"), *node.split(), *told], folder / f"node{number}")
            )
        yield [str(programs / "flwr"), "run", str(folder / "app"), "here", "--stream"]


@contextmanager
def running(command: list[str], home: Path) -> Iterator[None]:
    home.mkdir()
    with (home / "log").open("wb") as log:
        process = subprocess.Popen(command, env=surroundings(home), stdout=log, stderr=log)
        try:
            yield
        finally:
            process.terminate()
            process.wait(30)


def surroundings(home: Path) -> dict[str, str]:
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    return {**os.environ, "PATH": path, "FLWR_HOME": str(home), "FLWR_TELEMETRY_ENABLED": "0"}


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


def wait_for(port: int) -> None:
    until = time.monotonic() + 60
    while time.monotonic() < until:
        with socket.socket() as tried:
            if tried.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.2)
    raise TimeoutError(port)


def certificates(folder: Path) -> Path:
    """Make a certificate authority and a server's certificate, as docs/pooling.md says."""
    tls = folder / "tls"
    tls.mkdir()
    (tls / "names").write_text("subjectAltName=DNS:localhost,IP:127.0.0.1")
    for line in (
        "req -x509 -newkey rsa:2048 -nodes -keyout ca.key -out ca.crt -days 2 -subj /CN=authority",
        "req -newkey rsa:2048 -nodes -keyout server.key -out server.csr -subj /CN=localhost",
        "x509 -req -in server.csr -CA ca.crt -CAkey ca.key -CAcreateserial -out server.pem -days 2 -extfile names",
    ):
        subprocess.run(["openssl", *line.split()], cwd=tls, check=True, capture_output=True)
    return tls
