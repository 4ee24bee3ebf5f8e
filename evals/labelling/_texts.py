"""Figures of the words of written reports, by every metric of text that can be computed here without more files."""

from collections.abc import Iterator, Mapping, Sequence

from overread.evals.answering._result import Figure, Voice
from overread.evals.benchmarks._item import Item, Report
from overread.evals.labelling._readers import Spoken
from overread.evals.metrics._loading import every
from overread.evals.metrics._metric import Given, Pair
from overread.evals.metrics._scoring import score
from overread.settings import Settings

PART = "words of the report"
LABELS_BESIDE = "chexpert_f1"
"""Told by label already."""


def text_figures(
    voice: Voice, items: Sequence[Item], spoken: Mapping[str, Spoken], settings: Settings
) -> Iterator[Figure]:
    """Compare what was written with the radiologist's report; an item without a text is in no figure.

    CIDEr is a tenth of itself here, since figures of a benchmark are 0 to 1.
    """
    pairs = [pair for item in items if (pair := _pair(item, spoken[item.id])) is not None]
    if not pairs:
        return
    ready = [metric for metric in every(Given(settings)) if metric.card.kind == "text" and not metric.missing()]
    scoring = score([metric for metric in ready if metric.card.name != LABELS_BESIDE], {"text": pairs})
    for figure in scoring.figures:
        scale = 10.0 if figure.metric == "cider" else 1.0
        yield Figure(
            voice=voice.name,
            part=PART,
            measure=figure.name + (" / 10" if scale != 1.0 else ""),
            value=round(figure.value / scale, 4),
            low=round(figure.low / scale, 4),
            high=round(figure.high / scale, 4),
            items=figure.pairs,
            clusters=figure.clusters,
            answered=figure.pairs,
        )


def _pair(item: Item, spoken: Spoken) -> Pair | None:
    if not isinstance(item.gold, Report) or spoken.fate != "answered" or not spoken.text:
        return None
    return Pair(item.id, item.cluster, f"{item.gold.findings} {item.gold.impression}".strip(), spoken.text)
