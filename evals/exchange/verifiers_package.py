"""Write a benchmark of questions as an environment of `verifiers` (0.4: a taskset package with its rubric).

The package holds the data, and a reward that reads answers as Overread does; the rollout is verifiers' own: one prompt
with its pictures, one answer (`--env.agent.harness.id null`). It needs both programs where it is used.
"""

import json
from importlib.resources import files
from pathlib import Path

from overread._version import __version__
from overread.errors import UsageError
from overread.evals.answering._figures import truth_of
from overread.evals.answering._pictures import Album, Seen
from overread.evals.answering._wording import worded
from overread.evals.benchmark import Request, items_of
from overread.evals.benchmarks._item import Item
from overread.evals.reporting.page import png_address
from overread.settings import Settings

PROJECT = """[project]
name = "{name}"
version = "{version}"
requires-python = ">=3.11"
dependencies = ["overread", "verifiers>=0.4"]

[tool.setuptools]
packages = ["{name}"]

[tool.setuptools.package-data]
"*" = ["*.jsonl"]
"""


def write_environment(request: Request, settings: Settings, out: Path) -> tuple[str, int, int]:
    """Write the package; give its name, how many tasks it has, and how many items were left out for want of a picture.

    Raises `UsageError` for a benchmark that asks no questions.
    """
    about, items = items_of(request, settings)
    if any(item.kind in ("report", "label") for item in items):
        raise UsageError(f"{about.title} asks no questions; an environment can be made of those that do")
    name = f"overread_{about.name}"
    album = Album(request.data, settings.limits)
    shown = [(item, seen) for item in items if (seen := album.of(item)).missing is None]
    package = out / name / name
    package.mkdir(parents=True, exist_ok=True)
    (package.parent / "pyproject.toml").write_text(PROJECT.format(name=name, version=__version__))
    source = (files("overread.evals") / "templates" / "verifiers_taskset.py.txt").read_text(encoding="utf-8")
    (package / "__init__.py").write_text(source.replace("{title}", about.title), encoding="utf-8")
    with (package / "tasks.jsonl").open("w", encoding="utf-8") as stream:
        for item, seen in shown:
            stream.write(json.dumps(_task(item, seen), ensure_ascii=False) + "\n")
    return name, len(shown), len(items) - len(shown)


def _task(item: Item, seen: Seen) -> dict[str, object]:
    pictures = [{"type": "image_url", "image_url": {"url": png_address(picture)}} for picture in seen.pictures]
    content = [*pictures, {"type": "text", "text": worded(item)}]
    bare = item.model_copy(update={"pictures": ()})
    return {
        "id": item.id,
        "name": item.id,
        "prompt": [{"role": "user", "content": content}],
        "truth": truth_of(item),
        "cluster": item.cluster,
        "item": bare.model_dump(mode="json"),
    }
