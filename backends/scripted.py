"""Models that answer from a script: for tests and scenarios, never for a patient.

`model` says what is played: `chat`, `embedding`, `segmentation` or `labels`. Parameters of the profile: `answer` (the
text of every chat answer), `script` (a JSON or YAML file: a list of answers in turn, or a mapping from words of the
prompt to an answer; for `labels` from label to probability), `seconds` (latency), `fault` (`unavailable` or `garbage`),
`times` (how many calls fail; all without it).
"""

from pathlib import Path
from typing import Any

import yaml

from overread.backends._scripted_models import ScriptedChat, ScriptedEmbedding, ScriptedLabels, ScriptedSegmentation
from overread.backends._scripted_turns import Turns
from overread.errors import SettingsError
from overread.ports import Backend
from overread.settings import ModelSpec, Settings

__all__ = ["ScriptedChat", "ScriptedEmbedding", "ScriptedLabels", "ScriptedSegmentation", "Turns", "build"]


def build(spec: ModelSpec, settings: Settings) -> Backend:
    """Give the double that `spec.model` names; raise `SettingsError` for another name or a script that is not there."""
    turns = _turns(spec)
    if spec.model == "embedding":
        return ScriptedEmbedding(turns=turns)
    if spec.model == "segmentation":
        return ScriptedSegmentation(turns=turns)
    if spec.model == "labels":
        return ScriptedLabels(_probabilities(spec), turns=turns)
    if spec.model == "chat":
        return ScriptedChat(_script(spec), turns=turns)
    raise SettingsError(
        f"the scripted backend has no model '{spec.model}'; it has chat, embedding, segmentation and labels"
    )


def _turns(spec: ModelSpec) -> Turns:
    seconds, times = spec.parameters.get("seconds"), spec.parameters.get("times")
    fault = spec.parameters.get("fault")
    if fault not in (None, "unavailable", "garbage"):
        raise SettingsError(f"scripted fault '{fault}' is not known; there are: unavailable, garbage")
    return Turns(
        seconds=float(seconds or 0.0),
        fault="unavailable" if fault == "unavailable" else "garbage" if fault == "garbage" else None,
        times=None if times is None else int(times),
    )


def _script(spec: ModelSpec) -> Any:
    path, answer = spec.parameters.get("script"), spec.parameters.get("answer")
    if path is not None:
        try:
            return yaml.safe_load(Path(str(path)).read_text())
        except (OSError, yaml.YAMLError) as error:
            raise SettingsError(f"the script of model '{spec.model}' cannot be read: {type(error).__name__}") from error
    return {} if answer is None else {"": str(answer)}


def _probabilities(spec: ModelSpec) -> dict[str, float] | None:
    script = _script(spec)
    given = script.values() if isinstance(script, dict) else [None]
    if not all(isinstance(probability, int | float) and 0 <= probability <= 1 for probability in given):
        raise SettingsError("the script of model 'labels' must map each label to a probability from 0 to 1")
    return {str(label): float(probability) for label, probability in script.items()} or None
