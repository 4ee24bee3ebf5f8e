"""Cut a sentence into the parts that speak of one mention each, so that a size or a place goes to what it is of."""

import re
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

from overread.labeler.labeling import assertions
from overread.records import Assertion

_JOINT = re.compile(r";|:|,?\s+(?:and|or|with|but|while|whereas|plus|as well as|in addition to)\s+", re.IGNORECASE)


class Clause(NamedTuple):
    """A mention with the words around it that no other mention owns."""

    said: Assertion
    text: str


@lru_cache(maxsize=256)
def clauses(sentence: str) -> tuple[Clause, ...]:
    """Give each assertion of a sentence with its own words; mentions of one phrase share them."""
    said = assertions(sentence)
    spans = sorted({(each.start, each.end) for each in said})
    edges = [0]
    for (_, end), (start, _) in pairwise(spans):
        edges.append(_edge(sentence, end, start))
    edges.append(len(sentence))
    own = {span: sentence[edges[index] : edges[index + 1]] for index, span in enumerate(spans)}
    return tuple(Clause(each, own[each.start, each.end]) for each in said)


def _edge(sentence: str, end: int, start: int) -> int:
    """Give where the words of the next mention begin: at the last word that joins, else the last comma."""
    if end >= start:
        return start
    joints = list(_JOINT.finditer(sentence, end, start))
    if joints:
        return joints[-1].start()
    comma = sentence.rfind(",", end, start)
    return start if comma < 0 else comma
