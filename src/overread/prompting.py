"""Find a prompt, prove it is the one that was released, and render it.

A prompt is `prompts/<role>/vN.md`: YAML front matter (`role version inputs output changed`) over a Jinja body. A
released file never changes: `prompts/LOCK` holds its SHA-256, and a change is the next version.
"""

import hashlib
import re
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any

import yaml
from jinja2 import Environment, StrictUndefined, TemplateError
from pydantic import BaseModel, ConfigDict, ValidationError

from overread.errors import PromptError

_FILE = re.compile(r"v([1-9]\d*)\.md")
_FRONT = re.compile(r"\A---\n(.*?)\n---\n(.*)\Z", re.DOTALL)


class Prompt(BaseModel):
    """One released version of what a role is asked."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    role: str
    version: int
    inputs: tuple[str, ...]
    output: str
    """The record that the answer fills."""
    changed: str
    """What this version does otherwise than the one before."""
    body: str
    digest: str
    """SHA-256 of the file."""

    @property
    def reference(self) -> str:
        """Name this very text, such as `report@v1#1f3c9a`."""
        return f"{self.role}@v{self.version}#{self.digest[:6]}"

    def render(self, **inputs: Any) -> str:
        """Fill the body with exactly the inputs that the front matter names; raise `PromptError` otherwise."""
        if set(inputs) != set(self.inputs):
            raise PromptError(f"{self.reference} takes {_listed(self.inputs)}, was given {_listed(inputs)}")
        environment = Environment(undefined=StrictUndefined, autoescape=False)
        try:
            return environment.from_string(self.body).render(inputs).strip()
        except TemplateError as error:
            raise PromptError(
                f"{self.reference} cannot be rendered: {type(error).__name__}; mend the next version"
            ) from error


def load(role: str, version: str | None = None) -> Prompt:
    """Give a role's prompt, the newest unless a version such as `v1` is named; only a released one is given."""
    found = versions(role)
    if not found:
        raise PromptError(f"no prompt for the role '{role}'; there are: {_listed(roles())}")
    name = version or found[-1]
    if name not in found:
        raise PromptError(f"no prompt {role}@{name}; there are: {_listed(found)}")
    return _read(role, name)


def roles() -> tuple[str, ...]:
    """List the roles that have a prompt, sorted."""
    return tuple(sorted(folder.name for folder in _prompts().iterdir() if folder.is_dir() and versions(folder.name)))


def versions(role: str) -> tuple[str, ...]:
    """List a role's versions, oldest first."""
    folder = next((entry for entry in _prompts().iterdir() if entry.name == role and entry.is_dir()), None)
    matches = (_FILE.fullmatch(entry.name) for entry in folder.iterdir()) if folder else ()
    return tuple(f"v{number}" for number in sorted(int(match[1]) for match in matches if match))


def locked() -> dict[str, str]:
    """Read LOCK: `role/vN.md` to SHA-256, in the format of `sha256sum`."""
    text = _prompts().joinpath("LOCK").read_text(encoding="ascii")
    pairs = (line.split(maxsplit=1) for line in text.splitlines() if line.strip())
    return {path: digest for digest, path in pairs}


@cache
def _read(role: str, version: str) -> Prompt:
    path = f"{role}/{version}.md"
    content = _prompts().joinpath(role, f"{version}.md").read_bytes()
    digest = hashlib.sha256(content).hexdigest()
    released = locked().get(path)
    if released is None:
        raise PromptError(f"prompts/{path} is not released; run 'python scripts/lock_prompts.py'")
    if released != digest:
        raise PromptError(f"prompts/{path} was changed after its release; put it back and write the next version")
    return _parse(path, content.decode(), digest)


def _parse(path: str, text: str, digest: str) -> Prompt:
    parts = _FRONT.fullmatch(text)
    if parts is None:
        raise PromptError(f"prompts/{path} has no front matter; see prompts/report/v1.md for the shape")
    try:
        return Prompt.model_validate({**yaml.safe_load(parts[1]), "body": parts[2], "digest": digest})
    except (ValidationError, yaml.YAMLError, TypeError) as error:
        raise PromptError(f"prompts/{path}: front matter is not valid: {str(error).splitlines()[0]}") from error


def _prompts() -> Traversable:
    return files("overread.prompts")


def _listed(names: Any) -> str:
    return ", ".join(names) or "none"
