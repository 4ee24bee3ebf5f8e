"""What a setting that is one of several words may be."""

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator

DraftPolicy = Literal["always", "positives", "after_first_read"]


def _word(value: Any) -> Any:
    """Give on and off as words: YAML, and so `-c`, reads them as true and false."""
    return {True: "on", False: "off"}[value] if isinstance(value, bool) else value


Switch = Annotated[Literal["off", "on"], BeforeValidator(_word)]
SecondReader = Annotated[Literal["off", "stat", "always"], BeforeValidator(_word)]
