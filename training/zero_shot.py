"""Calibrate the CLIP's zero-shot margins: what its prompts say of a label, as a probability."""

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from training.captions import prompts
from training.data import LABELS
from training.embeddings import Table
from training.label_heads import Head, domain_weights, known, platt
from training.phrases import ABSENT


@torch.no_grad()
def text_sides(clip: Any, tokenizer: Any, label: str) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Give the unit mean text embedding (d,) of a label's positive and negative prompts."""
    sides = []
    for kind in ("positive", "negative"):
        encoded = tokenizer(prompts(label)[kind], padding=True, return_tensors="pt")
        read = clip.text_model(input_ids=encoded["input_ids"], attention_mask=encoded["attention_mask"])
        texts = torch.nn.functional.normalize(clip.text_projection(read.pooler_output), dim=-1)
        sides.append(torch.nn.functional.normalize(texts.mean(0), dim=-1).numpy())
    return sides[0], sides[1]


def fit_prompts(clip: Any, tokenizer: Any, table: Table, heads: list[Head]) -> dict[str, Any]:
    """Calibrate zero-shot margins for every label that has a head."""
    scale = float(clip.logit_scale.exp())
    labels: dict[str, Any] = {}
    for head in heads:
        if head.name not in ABSENT and head.name != "No Finding":
            continue
        positive, negative = text_sides(clip, tokenizer, head.name)
        held, truth = known(table, LABELS.index(head.name), "val")
        margin = scale * (held.embeddings @ positive - held.embeddings @ negative)
        slope, intercept = platt(margin, truth, domain_weights(held, truth))
        labels[head.name] = {
            **prompts(head.name),
            "slope": round(slope, 5),
            "intercept": round(intercept, 5),
        }
    return {"schema": 1, "logit_scale": round(scale, 4), "labels": labels}
