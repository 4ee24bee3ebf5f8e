"""Inspect run in this process with a model that says its own name: Inspect's mockllm fetches a tokenizer."""

import logging
from typing import Any

import anyio
from inspect_ai import Task, eval_async
from inspect_ai.log import EvalLog
from inspect_ai.model import ChatMessage, GenerateConfig, ModelAPI, ModelOutput, modelapi
from inspect_ai.tool import ToolChoice, ToolInfo


@modelapi(name="told")
def told() -> type[ModelAPI]:
    class Told(ModelAPI):
        """Answers `told/yes` with yes."""

        async def generate(
            self, input: list[ChatMessage], tools: list[ToolInfo], tool_choice: ToolChoice, config: GenerateConfig
        ) -> ModelOutput:
            return ModelOutput.from_content(self.model_name, self.model_name)

    return Told


def evaluated(task: Task, **more: Any) -> EvalLog:
    """Give the log of a task, run without a model unless one is named."""

    async def run_it() -> EvalLog:
        (log,) = await eval_async(task, log_dir="logs", **{"model": "none", **more})
        return log

    try:
        return anyio.run(run_it)
    finally:
        # Inspect has the root logger write to standard output, where later tests read what a command printed.
        for handler in logging.root.handlers[:]:
            if type(handler).__module__.startswith("inspect_ai."):
                logging.root.removeHandler(handler)
