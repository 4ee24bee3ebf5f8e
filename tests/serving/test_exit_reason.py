"""Why a server ended, from the logs that vLLM writes."""

from pathlib import Path

import pytest

from overread.serving.exit_reason import exit_reason

ENGINE = """(APIServer pid=1) INFO 11-25 20:08:00 [api.py:1] starting
(EngineCore pid=2) ERROR 11-25 20:08:30 [core.py:9] ValueError: There is no module named 'label_bias'
(APIServer pid=1) Traceback (most recent call last):
(APIServer pid=1) RuntimeError: Engine core initialization failed. See root cause above. Failed core proc(s): {}
"""
PYDANTIC = """pydantic_core._pydantic_core.ValidationError: 1 validation error for ModelConfig
  Value error, User-specified max_model_len (4096) is greater than the derived max_model_len [type=value_error]
    For further information visit https://errors.pydantic.dev
"""
USAGE = """usage: vllm serve [model_tag] [options]
vllm serve: error: unrecognized arguments: --no-such
"""
WARNED = """WARNING 11-25 20:08:00 [api.py:1] may give fd limit errors like `OSError: [Errno 24] Too many open files`
Killed by the house
"""


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (ENGINE, "ValueError: There is no module named 'label_bias'"),
        (PYDANTIC, "Value error, User-specified max_model_len (4096)"),
        (USAGE, "error: unrecognized arguments: --no-such"),
        (WARNED, "Killed by the house"),
    ],
)
def test_the_cause_is_found(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "log").write_text(text)
    words = exit_reason(tmp_path / "log")
    assert said in words
    assert "\n" not in words


def test_an_empty_or_missing_log_says_nothing(tmp_path: Path) -> None:
    (tmp_path / "log").touch()
    assert exit_reason(tmp_path / "log") == exit_reason(tmp_path / "none") == ""


def test_a_long_line_is_cut(tmp_path: Path) -> None:
    (tmp_path / "log").write_text("ValueError: " + "x" * 1000)
    assert len(exit_reason(tmp_path / "log")) < 310
