"""CheXbert F1 (Smit et al., EMNLP 2020) from a local checkpoint: a BERT encoder with fourteen heads.

The checkpoint (`chexbert.pth`, Stanford's terms) and a folder of bert-base-uncased with `config.json` and `vocab.txt`
must lie on this machine. Nothing is downloaded. An uncertain label counts as present, as in the usual `F1 CheXbert`.
"""

import hashlib
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from overread.errors import UsageError
from overread.evals.metrics._label_f1 import UNCERTAIN, Read, measured, uncertain_of
from overread.evals.metrics._metric import Given, Measured, Metric, MetricCard, Pair, not_installed

if TYPE_CHECKING:
    import torch

CARD = MetricCard(
    name="chexbert_f1",
    title="CheXbert F1",
    kind="text",
    better="higher",
    source="Smit et al., EMNLP 2020; its checkpoint in a BertModel",
    needs="transformers, chexbert.checkpoint and chexbert.bert",
    options={
        "checkpoint": "chexbert.pth",
        "bert": "folder with config.json and vocab.txt of bert-base-uncased",
        "uncertain": UNCERTAIN,
    },
)
HEADS = (
    "Enlarged Cardiomediastinum",
    "Cardiomegaly",
    "Lung Opacity",
    "Lung Lesion",
    "Edema",
    "Consolidation",
    "Pneumonia",
    "Atelectasis",
    "Pneumothorax",
    "Pleural Effusion",
    "Pleural Other",
    "Fracture",
    "Support Devices",
    "No Finding",
)
"""In the order of the checkpoint; the last has two classes, the others four."""
CLASSES: tuple[int | None, ...] = (None, 1, 0, -1)
"""Blank, positive, negative, uncertain."""
LONGEST = 512
"""Tokens of a report that are read."""
BATCH = 16


class ChexbertF1:
    """Labels both reports by the network."""

    card = CARD

    def __init__(self, given: Given) -> None:
        options = given.checked(CARD)
        self._uncertain = uncertain_of(options, "present")
        self._checkpoint = Path(options["checkpoint"]) if "checkpoint" in options else None
        self._bert = Path(options["bert"]) if "bert" in options else None

    def missing(self) -> str | None:
        """Say which file or package is not here."""
        if self._checkpoint is None or self._bert is None:
            return "needs -o chexbert_f1.checkpoint=FILE and -o chexbert_f1.bert=DIR; they are not downloaded"
        absent = [path for path in (self._checkpoint, self._bert / "config.json") if not path.is_file()]
        if absent:
            return f"{absent[0].name} is not there"
        return not_installed("torch", "transformers", package="overread[local]")

    def measure(self, pairs: Sequence[Pair]) -> Sequence[Measured]:
        """Give F1 and agreement; raises `UsageError` for a checkpoint of another shape."""
        if (absent := self.missing()) or self._checkpoint is None or self._bert is None:
            raise UsageError(f"chexbert_f1 {absent}")
        network = _Network(self._checkpoint, self._bert)
        truth = network.read([pair.reference for pair in pairs])
        said = network.read([pair.candidate for pair in pairs])
        identity = f"CheXbert {_digest(self._checkpoint)[:12]}"
        return list(measured(truth, said, self._uncertain, identity, "CheXbert"))


class _Network:
    """The encoder and its heads."""

    def __init__(self, checkpoint: Path, bert: Path) -> None:
        import torch

        # Its annotations leave many of its functions untyped.
        transformers: Any = import_module("transformers")
        self._tokenizer = transformers.AutoTokenizer.from_pretrained(bert, local_files_only=True)
        self._encoder = transformers.BertModel(transformers.BertConfig.from_pretrained(bert)).eval()
        width = self._encoder.config.hidden_size
        self._heads = torch.nn.ModuleList(torch.nn.Linear(width, 4) for _ in HEADS[:-1])
        self._heads.append(torch.nn.Linear(width, 2))
        saved = torch.load(checkpoint, map_location="cpu", weights_only=True)
        state = {name.removeprefix("module."): value for name, value in saved["model_state_dict"].items()}
        _fill(self._encoder, state, "bert.")
        _fill(self._heads, state, "linear_heads.")

    def read(self, texts: Sequence[str]) -> list[Read]:
        """Label texts."""
        return [row for at in range(0, len(texts), BATCH) for row in self._some(list(texts[at : at + BATCH]))]

    def _some(self, texts: list[str]) -> list[Read]:
        import torch

        tokens = self._tokenizer(texts, padding=True, truncation=True, max_length=LONGEST, return_tensors="pt")
        with torch.inference_mode():
            first = self._encoder(**tokens).last_hidden_state[:, 0]
            chosen = [head(first).argmax(-1).tolist() for head in self._heads]
        return [
            {label: CLASSES[row[place]] for label, row in zip(HEADS, chosen, strict=True)}
            for place in range(len(texts))
        ]


def _fill(module: "torch.nn.Module", state: "dict[str, torch.Tensor]", prefix: str) -> None:
    """Load the part of a checkpoint; position ids are a buffer that old checkpoints carry and new code makes."""
    own = {name.removeprefix(prefix): value for name, value in state.items() if name.startswith(prefix)}
    own.pop("embeddings.position_ids", None)
    wrong = module.load_state_dict(own, strict=False) if own else None
    if wrong is None or wrong.missing_keys or wrong.unexpected_keys:
        raise UsageError(
            f"the checkpoint does not fit: it lacks or has more than '{prefix}' of CheXbert with this config"
        )


def _digest(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def build(given: Given) -> Metric:
    """Give the metric."""
    return ChexbertF1(given)
