"""Real tools over language models that say what a scenario tells them to, in process or behind a server."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from overread import plugins
from overread.backends.scripted import ScriptedChat
from overread.evals._parts import SERVED_FAULTS, FaultSpec, ToolSpec
from overread.ports import BackendCard, ChatAnswer, ChatBackend, ChatRequest, Tool
from overread.settings import ModelSpec, Settings
from overread.testing.doubles.parts import make_parts
from overread.testing.model_server import Fault, ModelServer

REFUSED = "I'm sorry, but I cannot interpret medical images. Please consult a radiologist."
FOREIGN = "Die Lungen sind frei, kein Pleuraerguss und kein Pneumothorax. Das Herz ist nicht vergrößert."
THOUGHT = "<think>The film looks odd, there might be a pneumothorax, or none.</think>"
ON_THE_WIRE: Mapping[str, Fault] = {
    "http_500": "error_500",
    "hang": "hang",
    "garbage": "garbage",
    "truncated": "length",
}
NO_WEIGHTS = "0" * 40
SECONDS = 5.0
"""How long the client waits for a server that hangs, unless the tool's own deadline is shorter."""


class Speaker:
    """Answers by the first key of a script that the prompt contains, as the scripted model does, faults included."""

    def __init__(self, script: Mapping[str, Any], fault: FaultSpec | None) -> None:
        self._chat = ScriptedChat({words: _spoilt(answer, fault) for words, answer in script.items()})
        self.card = BackendCard("scripted", "chat", self._chat.card.weights_digest, "chat")

    @property
    def requests(self) -> Sequence[ChatRequest]:
        """Give everything that was asked so far."""
        return self._chat.requests

    def ask(self, request: ChatRequest) -> ChatAnswer:
        """Give the answer of the script; raises as `ScriptedChat.ask`."""
        return self._chat.ask(request)


def _spoilt(answer: Any, fault: FaultSpec | None) -> Any:
    """Give what a model says instead: text that is no answer, or an answer whose words are none."""
    if fault is None or fault.kind in SERVED_FAULTS:
        return answer
    if fault.kind == "empty":
        return ""
    words = {"refusal": REFUSED, "other_language": FOREIGN, "thinking": THOUGHT}[fault.kind]
    if isinstance(answer, dict) and "answer" in answer:
        return {"answer": words[:80]}
    return {"findings": [words], "impression": [words]}


@contextmanager
def spoken_tool(name: str, spec: ToolSpec, settings: Settings) -> Iterator[tuple[Tool, Speaker]]:
    """Build the real tool over the script, behind a server on the loopback where the fault is one of a server."""
    speaker = Speaker(spec.says or {}, spec.fault)
    if spec.fault is None or spec.fault.kind not in SERVED_FAULTS:
        yield _over(name, speaker), speaker
        return
    with ModelServer(chat=speaker) as server:
        server.misbehave(ON_THE_WIRE[spec.fault.kind], spec.fault.times)
        parameters: dict[str, str | int | float | bool | None] = {
            "task": "chat",
            "seconds": _wait(name, settings),
            "weights_digest": NO_WEIGHTS,
        }
        served = ModelSpec(backend="vllm", model="scripted-vlm", url=server.url, parameters=parameters)
        yield _over(name, plugins.builder("backends", "vllm")(served, settings)), speaker


def _wait(name: str, settings: Settings) -> float:
    return min(SECONDS, settings.deadline(name))


def _over(name: str, model: ChatBackend) -> Tool:
    tool: Tool = plugins.builder("tools", name)(make_parts(report=model, vqa=model))
    return tool
