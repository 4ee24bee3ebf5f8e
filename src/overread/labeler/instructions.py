"""Find text in a report that reads as an instruction to a program.

A report reaches no model, so such text can do nothing here; a person should know that it is there.
"""

import re
from collections.abc import Iterator

_INSTRUCTION = re.compile(
    r"\b(?:ignore|disregard|forget|override|bypass)\b[^.\n]{0,40}\b(?:instructions?|prompts?|rules?|guidelines|training)\b"
    r"|\b(?:new|real|updated|following|system|hidden) (?:instructions?|prompts?)\s*[:=]"
    r"|\b(?:system|developer) (?:prompt|message)\b"
    r"|\byou are (?:now )?(?:an? |the )?(?:\w+ ){0,2}(?:ai|assistant|language model|llm|chat ?bot|gpt)\b"
    r"|\bas an? (?:ai|language model|llm|assistant)\b"
    r"|\b(?:respond|answer|reply|output) (?:only|with only|exactly|in json|with json)\b"
    r"|\b(?:do not|don't|never) (?:mention|report|tell|flag|disclose|reveal)\b"
    r"|\b(?:sign|mark|classify|label|report) (?:this|the|every|all) (?:\w+ ){0,2}as (?:normal|negative|final|signed)\b"
    r"|\b(?:pretend|act) (?:to be|as if|that|like)\b"
    r"|\b(?:jailbreak|prompt injection|developer mode)\b"
    r"|</?(?:system|assistant|user|instructions?|tool_call|function_call)>|\[/?INST\]"
    r"|<\|[a-z_]{2,24}\|>|^#{2,} ?(?:system|instructions?)\b"
    r"|^[ \t]{0,8}(?:system|assistant|user|human)\s*:",
    re.IGNORECASE | re.MULTILINE,
)


def instructions(text: str) -> Iterator[tuple[int, int]]:
    """Yield where text speaks to a program: start and end of each phrase, in characters."""
    return (match.span() for match in _INSTRUCTION.finditer(text))
