"""Text of a language model that is no answer, by its name: a refusal, a thought, markup, another language."""

import re
from collections.abc import Mapping

from overread.tools._foreign_words import is_foreign


def _any(*patterns: str) -> re.Pattern[str]:
    return re.compile("|".join(patterns), re.IGNORECASE)


_ASKED = r"(?:interpret|analy[sz]e|assess|evaluate|determine|diagnos\w*|provide|give|offer|answer|assist|help|comply)"
_I = r"\b(?:i|we)(?:['’](?:m|re)| am| are)?(?: \w+ly| just)?"
_UNABLE = r"(?:can ?not|can['’]t|could not|couldn['’]t|unable to|not able to|won['’]t|will not)"
_DOCTOR = r"(?:radiologist|doctor|physician|clinician|professional|provider|specialist)"
_IMAGE = r"(?:image|picture|photo\w*|x-?ray|radiograph|file|attachment|scan)s?"
_GIVEN = r"(?:provided|attached|given|uploaded|shared|loaded|found)"

REFUSAL = _any(
    rf"{_I} {_UNABLE}(?! (?:\w+ly )?(?:exclude|rule))",
    rf"{_I} (?:not|no) (?:an? |qualified|allowed|trained|licensed)",
    r"\b(?:sorry|apolog\w+)\b",
    r"\bas an? (?:\w+ )?(?:ai|assistant|language model)\b",
    r"\b(?:ai|language) (?:model|assistant)\b",
    rf"\b(?:consult|contact|see|ask|seek)\b[^.]*\b{_DOCTOR}s?\b",
    r"\bmedical advice\b",
    r"\b(?:do not have|don['’]t have|have no) (?:the |any )?(?:ability|access|capabilit\w+|permission)\b",
    r"\bmust decline\b",
    rf"^(?:unable|not able) to {_ASKED}\W*$",
    rf"\bno {_IMAGE} (?:is |was |has been |have been )?{_GIVEN}\b",
    rf"\b{_IMAGE} (?:is|was|were|are|has|have) not (?:been )?{_GIVEN}\b",
    r"\b(?:please|kindly) (?:provide|upload|attach|share|send)\b",
)
"""A speaker that excuses itself, or was shown nothing. "Cannot be assessed" alone is how a report speaks of a place."""
INABILITY = _any(
    rf"\b(?:{_UNABLE}|(?:not |im)possible to) (?:be )?(?:{_ASKED}|say|comment|view|see|read|open)",
    r"^(?:unable|n/?a|none given|not applicable|unknown|no answer|no comment)\b",
)
"""In an answer to a question this declines it; "cannot tell" and "cannot be excluded" are doubts, not refusals."""
THOUGHT = _any(
    r"</?think|<\||\bthe user\b|\bwait,",
    r"\bthe question (?:is|asks|wants)\b",
    r"^(?:okay|ok|alright|hmm+|well)[,.]|^(?:okay|hmm+) ",
    r"^let(?:['’]s| me| us)\b",
    r"^(?:first|next|step \d+)[,:]",
    r"\bi (?:need|should|have|will|must) (?:to )?(?:look|check|think|find|analy|determine|answer|consider|start)",
    r"^(?:reasoning|analysis|thought)s?:",
    r"^(?:looking at|to answer)\b",
)
MARKUP = _any(
    r"\*\*|__|```|^#{1,6}\s",
    r"</?[a-z][^>]*>|&[a-z]+;",
    r"\[[^\]]*\]\([^)]*\)|^\s*[{\[]",
    r"\\[a-z]+\{|\$\S",
)
_KINDS: Mapping[str, re.Pattern[str]] = {"a thought": THOUGHT, "markup": MARKUP, "a refusal": REFUSAL}


def no_answer(text: str) -> str | None:
    """Name what is wrong with a model's text, in words that follow "is" or "holds"; None when it may be read."""
    found = next((name for name, pattern in _KINDS.items() if pattern.search(text)), None)
    return found or ("another language" if is_foreign(text) else None)
