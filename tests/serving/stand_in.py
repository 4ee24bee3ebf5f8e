"""A stand-in for `vllm`: the same command line as far as needed, `/health`, `/metrics`, one answer, deaths on request.

It starts a process of its own as vLLM's API server starts its engine: both must be gone when a server is.
"""

import argparse
import json
import os
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

METRICS = """# TYPE vllm:num_requests_running gauge
vllm:num_requests_running{{model_name="{name}"}} 2.0
# TYPE vllm:num_requests_waiting gauge
vllm:num_requests_waiting{{model_name="{name}"}} 3.0
# TYPE vllm:kv_cache_usage_perc gauge
vllm:kv_cache_usage_perc{{model_name="{name}"}} 0.25
# TYPE vllm:prompt_tokens counter
vllm:prompt_tokens_total{{model_name="{name}"}} {tokens}
# TYPE vllm:generation_tokens counter
vllm:generation_tokens_total{{model_name="{name}"}} {tokens}
"""


class Handler(BaseHTTPRequestHandler):
    """Answers as the flags say."""

    name = ""
    healthy = threading.Event()
    tokens = 0

    def do_GET(self) -> None:
        if self.path == "/metrics":
            Handler.tokens += 100
            return self._answer(200, METRICS.format(name=self.name, tokens=float(self.tokens)))
        return self._answer(200 if self.healthy.is_set() else 503, "")

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if self.path == "/die":
            sys.stderr.write("RuntimeError: asked to die\n")
            sys.stderr.flush()
            os._exit(3)
        if self.path == "/hang":
            self.healthy.clear()
        if self.headers.get("Authorization") != f"Bearer {os.environ['VLLM_API_KEY']}":
            return self._answer(401, "{}")
        return self._answer(200, json.dumps({"choices": [], "data": []}))

    def _answer(self, status: int, body: str) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, format: str, *args: Any) -> None:
        sys.stderr.write(f"INFO 01-01 00:00:00 [api.py:1] {format % args}\n")


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument("--served-model-name", required=True)
    parser.add_argument("--host", required=True)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--die-at-start", metavar="MESSAGE")
    parser.add_argument("--never-healthy", action="store_true")
    return parser.parse_known_args()[0]


def main() -> None:
    given = options()
    if given.die_at_start:
        sys.exit(f"(EngineCore pid=1) ValueError: {given.die_at_start}")
    engine = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    Handler.name = given.served_model_name
    if not given.never_healthy:
        Handler.healthy.set()
    try:
        ThreadingHTTPServer((given.host, given.port), Handler).serve_forever()
    finally:
        engine.kill()


if __name__ == "__main__":
    main()
