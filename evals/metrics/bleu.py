"""BLEU and BLEU-1 to BLEU-4 (Papineni et al., ACL 2002) by sacrebleu (Post, WMT 2018), 0 to 1, lower-cased.

Papers on radiology reports give 0 to 1 of lower-cased text, sacrebleu itself 0 to 100: the signature is kept beside the
figure. Of a sample it is sentence BLEU with the effective order; of all it is BLEU of the summed counts, not a mean.
"""

from collections.abc import Sequence

import numpy as np

from overread.evals.metrics._metric import Floats, Given, Measured, Metric, MetricCard, Pair, not_installed

CARD = MetricCard(
    name="bleu",
    title="BLEU-1 to BLEU-4",
    kind="text",
    better="higher",
    source="Papineni et al., ACL 2002; sacrebleu (Post, WMT 2018)",
    needs="sacrebleu",
)
ORDERS = (1, 2, 3, 4)


class Bleu:
    """Corpus BLEU of each order."""

    card = CARD

    def missing(self) -> str | None:
        """Say whether sacrebleu is not installed."""
        return not_installed("sacrebleu")

    def measure(self, pairs: Sequence[Pair]) -> Sequence[Measured]:
        """Give BLEU of orders 1 to 4."""
        return [_of_order(order, pairs) for order in ORDERS]


def _of_order(order: int, pairs: Sequence[Pair]) -> Measured:
    from sacrebleu.metrics.bleu import BLEU

    one = BLEU(lowercase=True, max_ngram_order=order, effective_order=True)
    corpus = BLEU(lowercase=True, max_ngram_order=order)
    samples = tuple(one.sentence_score(pair.candidate, [pair.reference]).score / 100 for pair in pairs)
    whole = [corpus.corpus_score([pair.candidate], [[pair.reference]]) for pair in pairs]
    # Lengths, then matches and counts of each order: all that BLEU is computed from, so that pairs can be drawn again.
    counts = np.asarray([[each.sys_len, each.ref_len, *each.counts, *each.totals] for each in whole], np.float64)

    def figure(weight: Floats) -> float:
        summed = [int(value) for value in weight @ counts]
        if not summed[1]:
            return float("nan")
        score = BLEU.compute_bleu(
            correct=summed[2 : 2 + order],
            total=summed[2 + order :],
            sys_len=summed[0],
            ref_len=summed[1],
            smooth_method="exp",
            max_ngram_order=order,
        )
        return float(score.score) / 100

    signature = f"sacrebleu {corpus.get_signature()}, order {order}, 0 to 1"
    return Measured(f"BLEU-{order}", samples, figure, signature)


def build(given: Given) -> Metric:
    """Give the metric."""
    given.checked(CARD)
    return Bleu()
