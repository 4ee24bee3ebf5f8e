"""Texts whose features are the mean of several layers of their tower, as MedCLIP's are (Wang et al., EMNLP 2022).

transformers' dual encoder reads the last layer's first token instead. A folder says otherwise by `overread_text_layers`
in config.json: numbers of hidden states, 0 for the embeddings, -1 for the last layer.
"""

from collections.abc import Sequence
from typing import Any

TEXT_LAYERS = "overread_text_layers"


def features_of_layers(model: Any, tokens: Any, layers: Sequence[int]) -> Any:
    """Give features [n, d] of texts: the mean of `layers` over a text's own tokens, projected.

    Padding is left out, so that a text has the same features in any company. The published code takes the padding of
    a batch in as well, and so agrees with this for texts that are alone.
    """
    import torch

    told = model.text_model(**tokens, output_hidden_states=True).hidden_states
    mean = torch.stack([told[layer] for layer in layers]).mean(0)
    own = tokens["attention_mask"].unsqueeze(-1).to(mean.dtype)
    return model.text_projection((mean * own).sum(1) / own.sum(1))
