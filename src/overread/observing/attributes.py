"""What a span may say: this list and nothing else. No content of a case, no word of a person, no UID."""

import hashlib
import re
from collections.abc import Mapping

from overread.observing.events import Ending, ModelCall
from overread.records import Step

Value = str | int

CASE = "overread.case.id"
"""Of our own making; an accession number, a UID or a name is never told."""
ALLOWED = frozenset(
    {
        # GenAI semantic conventions of OpenTelemetry
        "gen_ai.operation.name",
        "gen_ai.agent.name",
        "gen_ai.agent.version",
        "gen_ai.tool.name",
        "gen_ai.tool.type",
        "gen_ai.provider.name",
        "gen_ai.request.model",
        "gen_ai.usage.input_tokens",
        "gen_ai.usage.output_tokens",
        "error.type",
        # ours
        CASE,
        "overread.case.outcome",
        "overread.node",
        "overread.tool.questions",
        "overread.tool.evidence",
        "overread.model.weights_digest",
        "overread.model.batch",
    }
)
NAME = re.compile(r"[\w.:@+/-]{1,128}", re.ASCII)
OTHER = "other"


def checked(attributes: Mapping[str, Value | None]) -> dict[str, Value]:
    """Give attributes without those that are None; a text that is no name of a part is not told.

    Raises `ValueError` for an attribute that is not on the list.
    """
    if strange := attributes.keys() - ALLOWED:
        raise ValueError(f"a span may not say {', '.join(sorted(strange))}")
    return {
        key: value if isinstance(value, int) else named(value) for key, value in attributes.items() if value is not None
    }


def named(text: str) -> str:
    """Give a name of a part as it is, `other` for anything that does not look like one."""
    return text if NAME.fullmatch(text) else OTHER


def of_case(case_id: str, version: str) -> dict[str, Value]:
    """Say which case a run is of."""
    agent = {"gen_ai.operation.name": "invoke_agent", "gen_ai.agent.name": "overread", "gen_ai.agent.version": version}
    return checked({**agent, CASE: case_id})


def of_ending(ending: Ending) -> dict[str, Value]:
    """Say where a run came to rest."""
    return checked({"overread.case.outcome": ending.outcome, "error.type": ending.error})


def of_step(step: Step) -> dict[str, Value]:
    """Say which node or tool a step is; not what its questions are about."""
    if step.tool is None:
        return checked({"overread.node": step.node})
    return checked(
        {
            "gen_ai.operation.name": "execute_tool",
            "gen_ai.tool.name": step.tool,
            "gen_ai.tool.type": "function",
            "overread.node": step.node,
            "overread.tool.questions": step.questions or None,
            "overread.tool.evidence": step.evidence,
            "error.type": step.failure,
        }
    )


def of_call(call: ModelCall) -> dict[str, Value]:
    """Say which model was asked, how much, and how it ended; not what, and not what it said."""
    return checked(
        {
            "gen_ai.operation.name": call.operation,
            "gen_ai.provider.name": call.card.backend,
            "gen_ai.request.model": call.card.model,
            "gen_ai.usage.input_tokens": call.prompt_tokens,
            "gen_ai.usage.output_tokens": call.completion_tokens,
            "overread.model.weights_digest": call.card.weights_digest,
            "overread.model.batch": call.batch,
            "error.type": call.error,
        }
    )


def trace_id(case_id: str) -> str:
    """Give the trace of a case, 32 hexadecimal digits: all its runs, in whatever process, are in this one."""
    return hashlib.sha256(f"trace of {case_id}".encode()).hexdigest()[:32]
