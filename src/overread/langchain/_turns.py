"""LangChain messages to the one user turn that a backend takes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, SystemMessage

from overread.errors import UsageError
from overread.langchain._pictures import decode_address, decode_base64
from overread.ports import Picture
from overread.settings import Limits

SPEAKERS: Mapping[type[BaseMessage], str] = {HumanMessage: "User: ", AIMessage: "Assistant: "}


@dataclass
class Turn:
    """One user turn: its text and its pictures, in the order of the messages."""

    texts: list[str] = field(default_factory=list)
    pictures: list[Picture] = field(default_factory=list)

    @property
    def prompt(self) -> str:
        return "\n\n".join(self.texts)


def fold(messages: Sequence[BaseMessage], limits: Limits) -> Turn:
    """Fold a conversation into one turn: system texts, then earlier turns by speaker, then the last message as it is.

    The borders between turns are text and protect nothing. Raises `UsageError` for what has no place in one turn (a
    tool's message, a tool call, sound, a file), `Unreadable` for an image that cannot be decoded.
    """
    if not messages or not isinstance(messages[-1], HumanMessage):
        raise UsageError("the last message must be the user's; this model answers one user turn")
    turn = Turn()
    system = [message for message in messages if isinstance(message, SystemMessage)]
    earlier = [message for message in messages[:-1] if not isinstance(message, SystemMessage)]
    spoken = [*((message, "") for message in system), *((message, _speaker(message)) for message in earlier)]
    for message, speaker in spoken:
        _add(turn, message, speaker, limits)
    _add(turn, messages[-1], "", limits)
    return turn


def _speaker(message: BaseMessage) -> str:
    if type(message) not in SPEAKERS or (isinstance(message, AIMessage) and message.tool_calls):
        raise UsageError(f"a {message.type} message or a tool call cannot be given to this model; it calls no tools")
    return SPEAKERS[type(message)]


def _add(turn: Turn, message: BaseMessage, speaker: str, limits: Limits) -> None:
    blocks: Sequence[Mapping[str, Any]] = message.content_blocks
    texts = [block["text"] for block in blocks if block["type"] == "text"]
    for block in blocks:
        if block["type"] == "image" and isinstance(message, HumanMessage):
            turn.pictures.append(_picture(block, limits))
        elif block["type"] != "text":
            raise UsageError(f"a {message.type} message with a block of type '{block['type']}' cannot be given to this "
                             "model; it takes text, and PNG or JPEG images from the user")  # fmt: skip
    if text := "\n".join(texts):
        turn.texts.append(speaker + text)


def _picture(block: Mapping[str, Any], limits: Limits) -> Picture:
    if isinstance(data := block.get("base64"), str):
        return decode_base64(data, limits)
    if isinstance(address := block.get("url"), str):
        return decode_address(address, limits)
    raise UsageError("an image block holds no base64 data; give the bytes of a PNG or JPEG")
