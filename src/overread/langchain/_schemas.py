"""Schemas as LangChain's users give them: a pydantic class, a TypedDict, a JSON schema, an OpenAI tool."""

from collections.abc import Mapping
from typing import Any, TypeGuard

from langchain_core.messages import AIMessage
from langchain_core.utils.function_calling import convert_to_json_schema
from pydantic import BaseModel, ValidationError

from overread.errors import AnswerInvalid, UsageError

Asked = Mapping[str, Any] | type
"""What `with_structured_output` is given."""
SCHEMA_WORDS = frozenset({"type", "properties", "enum", "const", "anyOf", "oneOf", "$ref"})


def json_schema_of(asked: Asked) -> dict[str, Any]:
    """Give the JSON schema that guides the decoding; raise `UsageError` for what cannot be made one."""
    if _is_model(asked):
        return asked.model_json_schema()
    if isinstance(asked, type) and hasattr(asked, "parse_obj"):
        raise UsageError("the schema is a pydantic 1 class; give a pydantic 2 class or its JSON schema")
    if isinstance(asked, Mapping) and "function" not in asked and SCHEMA_WORDS & asked.keys():
        return dict(asked)
    try:
        return convert_to_json_schema(asked)  # type: ignore[arg-type]  # a TypedDict is a class to the type checker
    except (ValueError, TypeError) as error:
        raise UsageError("the schema is neither a pydantic class, a TypedDict, a JSON schema nor a tool") from error


def parsed(message: AIMessage, asked: Asked) -> Any:
    """Give the answer as an instance of the class asked for, or as data; raise `AnswerInvalid` when it is none."""
    data = message.additional_kwargs.get("parsed")
    if not _is_model(asked):
        return data
    try:
        return asked.model_validate(data)
    except ValidationError as error:
        first = error.errors(include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"]) or "the answer"
        raise AnswerInvalid(f"the answer is not a {asked.__name__}: {where} ({first['type']})") from None


def _is_model(asked: Asked) -> TypeGuard[type[BaseModel]]:
    return isinstance(asked, type) and issubclass(asked, BaseModel)
