"""The examples of `docs/langchain.md` run as they stand."""

import base64
import io
import re
from pathlib import Path

import pytest
from PIL import Image

from overread.testing.phantoms import sample_recipe, write_study

PAGE = Path(__file__).parents[2] / "docs" / "langchain.md"
EXAMPLES = re.findall(r"^```python\n(.*?)^```", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
SAID = ("ViewPosition = PA", "awaiting_review", "cannot tell")


@pytest.mark.parametrize(("example", "said"), tuple(zip(EXAMPLES, SAID, strict=True)), ids=["tools", "case", "models"])
def test_the_example_runs(
    example: str, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("OVERREAD_PROFILE", "scripted")
    write_study(tmp_path / "phantom", sample_recipe(3, view="PA", flipped=False), size=128)
    stream = io.BytesIO()
    Image.new("L", (64, 64), 90).save(stream, format="PNG")
    names = {"STUDIES": tmp_path, "PNG": base64.b64encode(stream.getvalue()).decode(), "__name__": "example"}
    exec(compile(example, str(PAGE), "exec"), names)  # noqa: S102 our own page
    assert said in capsys.readouterr().out
