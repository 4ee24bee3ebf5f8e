import hashlib
import subprocess
import sys
from importlib.resources import files
from pathlib import Path

import pytest

from overread.errors import PromptError
from overread.prompting import Prompt, load, locked, roles, versions

SCRIPT = Path(__file__).parents[1] / "scripts" / "lock_prompts.py"


def made(body: str, *inputs: str) -> Prompt:
    return Prompt(role="made", version=1, inputs=inputs, output="Text", changed="First.", body=body, digest="ab" * 32)


def test_every_prompt_is_locked_and_unchanged() -> None:
    folder = files("overread.prompts")
    there = {f"{role}/{version}.md" for role in roles() for version in versions(role)}
    assert there == set(locked())
    for path, digest in locked().items():
        assert hashlib.sha256(folder.joinpath(*path.split("/")).read_bytes()).hexdigest() == digest, path


def test_every_prompt_says_what_it_is() -> None:
    for role in roles():
        for version in versions(role):
            prompt = load(role, version)
            assert (prompt.role, f"v{prompt.version}") == (role, version)
            assert prompt.changed
            assert prompt.reference == f"{role}@{version}#{prompt.digest[:6]}"


def test_the_newest_version_is_the_default_and_nine_comes_before_ten() -> None:
    for role in roles():
        assert f"v{load(role).version}" == max(versions(role), key=lambda name: int(name[1:]))


def test_the_question_is_data_in_the_prompt() -> None:
    text = load("vqa", "v1").render(question="Is there {{ 7 * 6 }} a pneumothorax?")
    assert "Is there {{ 7 * 6 }} a pneumothorax?" in text


@pytest.mark.parametrize("inputs", [{}, {"question": "a", "extra": "b"}, {"questions": "a"}])
def test_a_missing_or_unknown_input_is_refused(inputs: dict[str, str]) -> None:
    with pytest.raises(PromptError, match="question"):
        made("{{ question }}", "question").render(**inputs)


def test_a_name_that_the_body_uses_without_declaring_it_is_refused() -> None:
    with pytest.raises(PromptError, match="made@v1#ababab"):
        made("{{ undeclared }}").render()


@pytest.mark.parametrize(
    ("role", "version"), [("nobody", None), ("report", "v999"), ("../agents", None), ("report", "../LOCK")]
)
def test_an_unknown_prompt_is_refused_by_name(role: str, version: str | None) -> None:
    with pytest.raises(PromptError, match="there are"):
        load(role, version)


def _lock(folder: Path) -> subprocess.CompletedProcess[str]:
    code = f"import sys; sys.path.insert(0, {str(SCRIPT.parent)!r}); import lock_prompts; from pathlib import Path"
    return subprocess.run(
        [sys.executable, "-c", f"{code}; sys.exit(lock_prompts.lock(Path({str(folder)!r})))"],
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_new_prompt_is_released_and_a_released_one_cannot_change(tmp_path: Path) -> None:
    (tmp_path / "report").mkdir()
    first = tmp_path / "report" / "v1.md"
    first.write_text("---\n---\none\n")
    assert _lock(tmp_path).returncode == 0
    (tmp_path / "report" / "v2.md").write_text("---\n---\ntwo\n")
    assert "released report/v2.md" in _lock(tmp_path).stdout
    before = (tmp_path / "LOCK").read_text()
    first.write_text("---\n---\nother\n")
    refused = _lock(tmp_path)
    assert refused.returncode == 1
    assert "report/v1.md was changed" in refused.stdout
    assert (tmp_path / "LOCK").read_text() == before
