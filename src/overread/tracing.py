"""Keep LangSmith's tracing off: a trace holds pictures, prompts and evidence, and goes to another company's server."""

import os

from langsmith import utils

SWITCHES = ("LANGSMITH_TRACING", "LANGSMITH_TRACING_V2", "LANGCHAIN_TRACING", "LANGCHAIN_TRACING_V2")


def trace_nothing() -> None:
    """Switch off, for this process, the tracing that the environment may have switched on.

    A tracer that a program passes as a callback is its own decision and stays.
    """
    for name in SWITCHES:
        os.environ[name] = "false"
    # LangSmith remembers what it read first: the environment alone would come too late.
    utils.get_env_var.cache_clear()  # type: ignore[attr-defined]  # its overloads hide the cache
