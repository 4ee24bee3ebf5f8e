"""Fit the CLIP's linear heads on frozen embeddings: labels (calibrated), view, body part, and out of scope.

    python -m training.heads        write models/clip/heads.safetensors, heads.json, prompts.json

`heads.safetensors` (float32): label_weight (L, D), label_bias (L): p = sigmoid(weight @ e + bias), the calibration
folded in; view_weight, view_bias: softmax over heads.json `view.classes`; part_weight, part_bias: the same over
`body_part.classes`; ood_mean, ood_root: Mahalanobis distance
d = |root (e - mean)|; ood_weight (D + 1), ood_bias: s = sigmoid(weight . [e, d] + bias), the probability that the
image is not an upright frontal chest radiograph. e is the unit-norm projected image embedding.
"""

import json
from typing import Any

import numpy as np
from safetensors.numpy import save_file

from training.clip_data import VIEWS
from training.data import LABELS
from training.embeddings import load_clip, phantom_table, real_table, stack
from training.label_heads import LEAST_SEEN, Head, fit_label
from training.paths import MODELS
from training.scope import BODY_PARTS
from training.scope_heads import fit_part, fit_scope, fit_view
from training.zero_shot import fit_prompts


def describe(heads: list[Head], threshold: float) -> dict[str, Any]:
    """Give heads.json; training.evaluate adds the measured figures."""
    return {
        "schema": 1,
        "embedding": "unit-norm projected image embedding",
        "labels": [
            {
                "name": head.name,
                "row": row,
                "threshold": round(head.threshold, 4),
                "abstain": [round(head.low, 4), round(head.high, 4)],
                "taught_by": head.evidence,
                "trained_on": {
                    "positive": sum(head.positives.values()),
                    "negative": sum(head.negatives.values()),
                    "positive_by_kind": head.positives,
                },
                "auroc": None,
            }
            for row, head in enumerate(heads)
        ],
        "not_trained": [name for name in (*LABELS, "Tuberculosis") if name not in {head.name for head in heads}],
        "why_not": {
            "COVID-19": "all positives come from one source",
            "Tuberculosis": "no source has it",
            "others": f"not learnt: validation AUROC below {LEAST_SEEN}, or too few positives",
        },
        "view": {"classes": list(VIEWS), "abstain_below": 0.6},
        "body_part": {"classes": list(BODY_PARTS), "abstain_below": 0.6},
        "ood": {
            "threshold": round(threshold, 4),
            "meaning": "probability that the image is not an upright frontal chest radiograph",
        },
    }


def main() -> None:
    """Fit every head and write the three files."""
    from transformers import CLIPTokenizer

    clip = load_clip()
    table = stack([real_table(clip), phantom_table(clip)])
    heads = [head for label in range(len(LABELS)) if (head := fit_label(table, label)) is not None]
    view_weight, view_bias = fit_view(table)
    part_weight, part_bias = fit_part(clip, table)
    scope = fit_scope(clip, table)
    folder = MODELS / "clip"
    tensors = {
        "label_weight": np.stack([head.weight for head in heads]),
        "label_bias": np.array([head.bias for head in heads]),
        "view_weight": view_weight,
        "view_bias": view_bias,
        "part_weight": part_weight,
        "part_bias": part_bias,
        "ood_weight": scope["weight"],
        "ood_bias": np.array([scope["bias"]]),
        "ood_mean": scope["mean"],
        "ood_root": scope["root"],
    }
    save_file(
        {name: np.ascontiguousarray(value, np.float32) for name, value in tensors.items()}, folder / "heads.safetensors"
    )
    (folder / "heads.safetensors").chmod(0o644)
    (folder / "heads.json").write_text(
        json.dumps(describe(heads, scope["threshold"]), indent=1) + "\n", encoding="utf-8"
    )
    words = fit_prompts(clip, CLIPTokenizer.from_pretrained(folder), table, heads)
    (folder / "prompts.json").write_text(json.dumps(words, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
