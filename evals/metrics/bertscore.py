"""BERTScore (Zhang et al., ICLR 2020) with an encoder from a local folder; nothing is downloaded.

F1 of the greedy matches of token vectors by cosine, without idf weights and without a baseline: figures of different
encoders or layers cannot be compared. It hardly sees a negation, and must not be used alone.
"""

from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from overread.errors import UsageError
from overread.evals.metrics._metric import Given, Measured, Metric, MetricCard, Pair, averaged, not_installed
from overread.weights import digest

if TYPE_CHECKING:
    import torch

CARD = MetricCard(
    name="bertscore",
    title="BERTScore F1",
    kind="text",
    better="higher",
    source="Zhang et al., ICLR 2020; transformers",
    needs="transformers and bertscore.model",
    options={
        "model": "folder of an encoder with its tokenizer",
        "layer": "hidden layer to take, counted from 0; the last without it",
    },
)
LONGEST = 512


class BertScore:
    """The mean over reports."""

    card = CARD

    def __init__(self, given: Given) -> None:
        options = given.checked(CARD)
        self._model = Path(options["model"]) if "model" in options else None
        layer = options.get("layer", "-1")
        if not layer.removeprefix("-").isdigit():
            raise UsageError(f"bertscore.layer={layer}: give the number of a layer")
        self._layer = int(layer)

    def missing(self) -> str | None:
        """Say which folder or package is not here."""
        if self._model is None:
            return "needs -o bertscore.model=DIR, an encoder on this machine; none is downloaded"
        if not (self._model / "config.json").is_file():
            return "the folder of bertscore.model holds no config.json"
        return not_installed("torch", "transformers", package="overread[local]")

    def measure(self, pairs: Sequence[Pair]) -> Sequence[Measured]:
        """Give the F1; a report without a token is unscored."""
        if (absent := self.missing()) or self._model is None:
            raise UsageError(f"bertscore {absent}")
        tokenizer, encoder = _loaded(self._model)
        scores = [
            _f1(*(_vectors(text, tokenizer, encoder, self._layer) for text in (pair.reference, pair.candidate)))
            for pair in pairs
        ]
        identity = f"{self._model.name}@{digest(self._model)[:12]}, layer {self._layer}, no idf, no baseline"
        return [averaged("BERTScore F1", scores, identity)]


def _loaded(folder: Path) -> tuple[Any, Any]:
    """Load tokenizer and encoder; a pooler, which is not used, may be missing."""
    transformers: Any = import_module("transformers")
    transformers.utils.logging.disable_progress_bar()
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder, local_files_only=True)
    encoder, told = transformers.AutoModel.from_pretrained(folder, local_files_only=True, output_loading_info=True)
    # transformers would fill what is missing with random numbers, and only warn.
    if lost := [name for name in told["missing_keys"] if not name.startswith("pooler.")]:
        raise UsageError(f"bertscore.model lacks {len(lost)} of the encoder's tensors; copy its folder again")
    return tokenizer, encoder.eval()


def _vectors(text: str, tokenizer: Any, encoder: Any, layer: int) -> "torch.Tensor":
    """Give the unit vectors (tokens, width) of a text, without the encoder's own marks."""
    import torch

    tokens = tokenizer(text, truncation=True, max_length=LONGEST, return_tensors="pt", return_special_tokens_mask=True)
    own = tokens.pop("special_tokens_mask")[0] == 0
    with torch.inference_mode():
        states = encoder(**tokens, output_hidden_states=True).hidden_states
    if not -len(states) <= layer < len(states):
        raise UsageError(f"bertscore.layer={layer}: this encoder has layers 0 to {len(states) - 1}")
    return torch.nn.functional.normalize(states[layer][0][own], dim=-1)


def _f1(truth: "torch.Tensor", said: "torch.Tensor") -> float | None:
    if not len(truth) or not len(said):
        return None
    likeness = said @ truth.T
    precision, recall = float(likeness.max(1).values.mean()), float(likeness.max(0).values.mean())
    return 2 * precision * recall / (precision + recall) if precision + recall > 0 else 0.0


def build(given: Given) -> Metric:
    """Give the metric."""
    return BertScore(given)
