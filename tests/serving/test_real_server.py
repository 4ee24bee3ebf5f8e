"""`overread serve` with real vLLM and the embedded models, on a CPU."""

import json
import os
import signal
import time
from typing import Any

import httpx
import psutil
import pytest

from overread.serving import processes, state
from overread.settings import Settings
from tests.serving.servers import Servers

pytestmark = [pytest.mark.vllm, pytest.mark.slow, pytest.mark.timeout(1800)]
BACK_SECONDS = 600


def status(servers: Servers) -> dict[str, Any]:
    seen: dict[str, Any] = json.loads(servers.serve("status", "--json").stdout)
    return seen


def sessions(servers: Servers) -> list[psutil.Process]:
    marks = processes.read(state.marks_path(servers.home))
    assert marks is not None
    return [process for mark in marks.servers.values() for process in processes.session(mark)]


def test_every_model_of_the_profile_is_served_and_says_what_it_is(vllm_servers: Servers) -> None:
    seen = status(vllm_servers)
    assert seen["healthy"]
    servers = {one["server"]["model"]: one for one in seen["servers"]}
    assert set(servers) == {"clip", "vlm"}
    for one in servers.values():
        assert one["kv_cache"] is not None
        assert (one["running"], one["waiting"]) == (0, 0)
        assert len(one["server"]["weights_digest"]) == 64
        assert one["memory"] > 10**8


def test_a_server_wants_its_key_and_fetches_no_address(vllm_servers: Servers) -> None:
    server = state.server_of(vllm_servers.home, "vlm")
    assert server is not None
    address = f"{server.url}/v1/chat/completions"
    picture = {"type": "image_url", "image_url": {"url": f"{server.url}/health"}}
    body = {"model": "vlm", "messages": [{"role": "user", "content": [picture]}], "max_tokens": 1}
    assert httpx.post(address, json=body).status_code == 401
    headers = {"Authorization": f"Bearer {state.key(Settings(home=vllm_servers.home))}"}
    assert httpx.post(address, json=body, headers=headers).status_code == 400


def test_a_killed_server_comes_back_with_its_engine_gone_before(vllm_servers: Servers) -> None:
    before = state.server_of(vllm_servers.home, "clip")
    assert before is not None
    assert before.pid is not None
    old = processes.session(processes.mark(before.pid))
    os.kill(before.pid, signal.SIGKILL)
    end = time.monotonic() + BACK_SECONDS
    while time.monotonic() < end:
        now = state.server_of(vllm_servers.home, "clip")
        if now and now.state == "healthy" and now.pid != before.pid:
            break
        time.sleep(0.5)
    assert now is not None
    assert (now.state, now.restarts) == ("healthy", before.restarts + 1)
    assert not [one for one in old if one.is_running() and one.status() != psutil.STATUS_ZOMBIE]
    assert status(vllm_servers)["healthy"]


def test_down_leaves_no_process_and_up_starts_anew(vllm_servers: Servers) -> None:
    left = sessions(vllm_servers)
    assert len(left) >= 4
    assert "2 servers stopped" in vllm_servers.serve("down").stdout
    assert not [one for one in left if one.is_running() and one.status() != psutil.STATUS_ZOMBIE]
    assert vllm_servers.serve("status").returncode == 1
    said = vllm_servers.serve("up", "--profile", "vllm-cpu")
    assert said.returncode == 0, said.stderr
