"""Ask for an answer in a schema, and check the answer against it."""

import json
from collections.abc import Mapping
from typing import Any

import jsonschema

from overread.errors import AnswerInvalid

# What json.dumps writes; the embedded models learnt that form.
LAYOUT = {"whitespace_flexible": False, "item_separator": ", ", "key_separator": ": "}


def in_layout(schema: Mapping[str, Any]) -> dict[str, Any]:
    """Give the schema with the layout of the JSON text in it, as llguidance reads it here and in vLLM."""
    return {**schema, "x-guidance": LAYOUT}


def parse_answer(text: str, schema: Mapping[str, Any], model: str) -> Any:
    """Parse a JSON answer and validate it; raise `AnswerInvalid` that says where, without quoting the answer."""
    try:
        data = json.loads(text)
    except json.JSONDecodeError as error:
        raise AnswerInvalid(f"model '{model}' did not answer in JSON (character {error.pos})") from None
    except RecursionError:
        raise AnswerInvalid(f"model '{model}' nested its answer too deeply") from None
    check_answer(data, schema, model)
    return data


def check_answer(data: Any, schema: Mapping[str, Any], model: str) -> None:
    """Raise `AnswerInvalid` when parsed data is outside the schema."""
    fault = jsonschema.exceptions.best_match(jsonschema.Draft202012Validator(dict(schema)).iter_errors(data))
    if fault is not None:
        raise AnswerInvalid(f"model '{model}' broke the schema's '{fault.validator}' at {fault.json_path}")
