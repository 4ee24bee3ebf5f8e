"""Install packages into an environment by uv, from where pip would take them.

    python scripts/install.py PYTHON ARGUMENT...    as PYTHON -m pip install ARGUMENT...

uv needs a tenth of pip's time, and reads neither pip's variables nor its settings: they are handed to it here. Where
uv cannot be had, or fails, pip installs.
"""

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence

# What pip is told, what uv calls it, and what stands between several.
SAME = (
    ("find-links", "UV_FIND_LINKS", ","),
    ("index-url", "UV_DEFAULT_INDEX", " "),
    ("extra-index-url", "UV_INDEX", " "),
    ("constraint", "UV_CONSTRAINT", " "),
    ("cert", "SSL_CERT_FILE", " "),
)


def main() -> int:
    """Install, and give the exit status of whichever installer came last."""
    python, *arguments = sys.argv[1:]
    if _has_uv(python) and _run(
        [python, "-m", "uv", "pip", "install", "--python", python, *arguments], _environment(python)
    ):
        return 0
    return 0 if _run([python, "-m", "pip", "install", *arguments], os.environ) else 1


def _has_uv(python: str) -> bool:
    if subprocess.run([python, "-c", "import uv"], capture_output=True, check=False).returncode == 0:
        return True
    return _run([python, "-m", "pip", "install", "--quiet", "uv>=0.9"], os.environ)


def _run(command: Sequence[str], environment: Mapping[str, str]) -> bool:
    return subprocess.run(command, env=environment, check=False).returncode == 0


def _environment(python: str) -> dict[str, str]:
    told = {theirs: between.join(_pip_says(python, name).split()) for name, theirs, between in SAME}
    # As pip does: the best version of all indexes.
    ours = {"UV_INDEX_STRATEGY": "unsafe-best-match"}
    # Only what is said: to uv an empty variable says something too. What uv itself was told goes first.
    return {**ours, **{name: value for name, value in told.items() if value}, **os.environ}


def _pip_says(python: str, name: str) -> str:
    variable = f"PIP_{name.upper().replace('-', '_')}"
    if variable in os.environ:
        return os.environ[variable]
    for place in ("install", "global"):
        asked = subprocess.run(
            [python, "-m", "pip", "config", "get", f"{place}.{name}"], capture_output=True, text=True, check=False
        )
        if asked.returncode == 0:
            return asked.stdout.strip()
    return ""


if __name__ == "__main__":
    sys.exit(main())
