"""The chance of an outcome, by heads that this site measured on its own patients: for the reviewer, never a finding.

No vote and no alert comes of it; the draft has one sentence, which waits for the reviewer's decision. It speaks only
where the head's card meets its bounds (`_outlook_heads.Card.unmet`), for exactly the weights that were measured.
"""

from collections.abc import Sequence

from overread.errors import ToolError
from overread.ports import BackendCard, Parts, Tool, ToolCard, ToolInput
from overread.records import Evidence, Outlook, newest
from overread.tools._evidence_builder import EvidenceBuilder
from overread.tools._frontal_tool import FrontalTool
from overread.tools._outlook_heads import AGE, AP, SEX, OutlookHead, heads_in
from overread.tools._scope import picture_to_read

ROLE = "classification"
CARD = ToolCard(
    name="prognosis",
    version="1",
    describe="The chance of an outcome, by heads measured on this site's own patients; no finding.",
    payloads=("outlook",),
)


class PrognosisTool(FrontalTool):
    """Asks every head of this site that may speak."""

    own_card = CARD

    def _model(self) -> BackendCard:
        return self._parts.embedding(ROLE).card

    def run(self, work: ToolInput) -> Sequence[Evidence]:
        """Give an outlook for each outcome.

        Raises `ToolError` where no head may speak, on a synthetic or blank picture, and, after what others gave is
        kept, where a field that a head takes is missing or beyond its range.
        """
        backend = self._parts.embedding(ROLE)
        heads = heads_in(self._parts.settings.home, backend.card.weights_digest)
        if work.study.synthetic:
            raise ToolError("outcomes are measured on films of patients; this one is synthetic")
        builder = EvidenceBuilder(CARD, work, backend.card)
        embedding = backend.embed_pictures([picture_to_read(work)])[0]
        known, given, withheld = _known(work), [], []
        for head in heads:
            try:
                given.append(builder.evidence(_outlook(head, head.chances(embedding, known))))
            except ToolError as error:
                withheld.append(str(error))
        if withheld:
            work.keep(given)
            raise ToolError("; ".join(withheld))
        return given


def _known(work: ToolInput) -> dict[str, float]:
    found = {code: one.value for code, one in newest(work.observations).items()}
    if work.study.age_years is not None:
        found[AGE] = work.study.age_years
    if work.study.sex in ("F", "M"):
        found[SEX] = float(work.study.sex == "M")
    if work.image.view in ("PA", "AP"):
        found[AP] = float(work.image.view == "AP")
    return found


def _outlook(head: OutlookHead, chances: tuple[float, float, float]) -> Outlook:
    card, (value, low, high) = head.card, chances
    picture = () if card.in_use == "record" else ("picture",)
    return Outlook(
        outcome=card.outcome,
        horizon=card.horizon,
        probability=value,
        low=low,
        high=high,
        patients=card.patients,
        share=round(card.with_outcome / card.patients, 4),
        auroc=card.figures.auroc.value,
        auroc_low=card.figures.auroc.low,
        auroc_high=card.figures.auroc.high,
        rests_on=(*picture, *(field.words for field in card.reads)),
    )


def build(parts: Parts) -> Tool:
    """Build the tool over the role `classification` and this site's heads; the model loads at first use."""
    return PrognosisTool(parts)
