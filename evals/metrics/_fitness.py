"""Pairs of reports with a known answer, which a judge must get right before its figures count.

Written here: each reference unchanged, in other words, with a negation flipped, with a side flipped, and without its
main finding.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, NamedTuple

from overread.evals.metrics._metric import Pair

Change = Literal["identical", "paraphrase", "negation_flipped", "side_flipped", "finding_omitted"]
FAITHFUL: frozenset[Change] = frozenset({"identical", "paraphrase"})
AT_LEAST, AT_MOST = 0.9, 0.85
"""Score of a faithful pair, and of an altered one: of three statements one is wrong."""


class Known(NamedTuple):
    """A pair whose answer is known."""

    pair: Pair
    change: Change

    def passes(self, score: float | None) -> bool:
        """Say whether a judge's score is on the right side."""
        if score is None:
            return False
        return score >= AT_LEAST if self.change in FAITHFUL else score <= AT_MOST


@dataclass(frozen=True)
class _Base:
    reference: str
    paraphrase: str
    negation_flipped: str
    side_flipped: str
    finding_omitted: str


_BASES = (
    _Base(
        reference="There is a large right pneumothorax. The heart is not enlarged. No pleural effusion.",
        paraphrase="Large pneumothorax on the right. Normal heart size. The pleural spaces hold no fluid.",
        negation_flipped="There is no pneumothorax. The heart is not enlarged. No pleural effusion.",
        side_flipped="There is a large left pneumothorax. The heart is not enlarged. No pleural effusion.",
        finding_omitted="The heart is not enlarged. No pleural effusion.",
    ),
    _Base(
        reference="Consolidation in the left lower lobe. Moderate left pleural effusion. No pneumothorax.",
        paraphrase="The left lower lobe is consolidated. A left effusion of moderate size. Pneumothorax is not seen.",
        negation_flipped="Consolidation in the left lower lobe. No left pleural effusion. No pneumothorax.",
        side_flipped="Consolidation in the right lower lobe. Moderate right pleural effusion. No pneumothorax.",
        finding_omitted="Moderate left pleural effusion. No pneumothorax.",
    ),
    _Base(
        reference="A mass of 4 cm in the right upper lobe. Lungs otherwise clear. No acute fracture.",
        paraphrase="Right upper lobe mass measuring 4 cm. The rest of the lungs is clear. No fracture is seen.",
        negation_flipped="No mass in the right upper lobe. Lungs otherwise clear. No acute fracture.",
        side_flipped="A mass of 4 cm in the left upper lobe. Lungs otherwise clear. No acute fracture.",
        finding_omitted="Lungs clear. No acute fracture.",
    ),
)


def known_pairs() -> Iterator[Known]:
    """Give every pair, three of each change."""
    for number, base in enumerate(_BASES, start=1):
        said: dict[Change, str] = {
            "identical": base.reference,
            "paraphrase": base.paraphrase,
            "negation_flipped": base.negation_flipped,
            "side_flipped": base.side_flipped,
            "finding_omitted": base.finding_omitted,
        }
        for change, candidate in said.items():
            name = f"fitness {number}, {change.replace('_', ' ')}"
            yield Known(Pair(name, name, base.reference, candidate), change)
