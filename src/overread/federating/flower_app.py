"""The folder that `flwr run` takes: a few lines that call what is installed here and at the hospitals."""

import json
from pathlib import Path

from overread._version import __version__
from overread.errors import ModelRefused
from overread.federating.plan import Plan
from overread.store.files import write_whole

PACKAGE = "overread_together"
PROJECT = """[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"

[project]
name = "overread-together"
version = "{version}"
description = "Heads of several hospitals, by overread.federating."
license = "Apache-2.0"
dependencies = []

[tool.flwr.app]
publisher = "overread"

[tool.flwr.app.components]
serverapp = "{package}.server:app"
clientapp = "{package}.client:app"

[tool.flwr.app.config]
sites = {sites}
weights-digest = {digest}
out = {out}
"""
PLAN = "plan = {plan}\n"
PART = '"""Runs what is installed."""\n\nfrom overread.federating.{module} import build\n\napp = build()\n'


def write_app(folder: Path, sites: int, weights_digest: str, out: Path, plan: Plan | None = None) -> None:
    """Write the app for a number of hospitals and exactly these weights; the result goes to `out`.

    With a plan sums have noise. Raises `ModelRefused` for a folder that holds something, and a plan that relies on the
    noise of more hospitals than there are beside the one that looks.
    """
    if folder.exists() and any(folder.iterdir()):
        raise ModelRefused("there is something in the app's folder; give one that is empty or not there")
    if plan and not plan.honest < sites:
        raise ModelRefused(f"of {sites} hospitals {sites - 1} at most add noise that one of them does not know")
    version = __version__.split(".dev")[0]
    quoted = {"digest": json.dumps(weights_digest), "out": json.dumps(str(out.resolve()))}
    project = PROJECT.format(package=PACKAGE, version=version, sites=sites, **quoted)
    if plan:
        project += PLAN.format(plan=json.dumps(plan.model_dump_json()))
    write_whole(folder / "pyproject.toml", project.encode())
    write_whole(folder / PACKAGE / "__init__.py", b"")
    write_whole(folder / PACKAGE / "server.py", PART.format(module="server_app").encode())
    write_whole(folder / PACKAGE / "client.py", PART.format(module="site_app").encode())
