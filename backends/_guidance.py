"""Hold a model to a JSON schema while it writes (llguidance, the engine that vLLM also runs)."""

import json
from collections.abc import Mapping
from typing import Any

import llguidance
import numpy as np
import torch
from llguidance import hf
from transformers import LogitsProcessor

from overread.backends._schema import in_layout
from overread.errors import AnswerInvalid


def grammar_tokenizer(tokenizer: Any, vocabulary: int) -> llguidance.LLTokenizer:
    """Prepare a tokenizer for grammars, once per model; `vocabulary` is the width of the logits."""
    return hf.from_tokenizer(tokenizer, n_vocab=vocabulary)


class SchemaProcessor(LogitsProcessor):
    """Takes away every token after which the text could not become valid any more; one answer, batch of one."""

    def __init__(self, tokenizer: llguidance.LLTokenizer, schema: Mapping[str, Any], prompt_tokens: int) -> None:
        grammar = llguidance.LLMatcher.grammar_from_json_schema(json.dumps(in_layout(schema)))
        self._matcher = llguidance.LLMatcher(tokenizer, grammar)
        self._read = prompt_tokens
        self._refuse_broken()

    def __call__(self, input_ids: torch.Tensor, scores: torch.Tensor) -> torch.Tensor:
        self._matcher.consume_tokens(input_ids[0, self._read :].tolist())
        self._read = input_ids.shape[1]
        bits = np.frombuffer(self._matcher.compute_bitmask(), np.uint8)
        self._refuse_broken()
        allowed = np.unpackbits(bits, bitorder="little")[: scores.shape[-1]].astype(bool)
        return scores.masked_fill(~torch.from_numpy(allowed).to(scores.device), -torch.inf)

    def _refuse_broken(self) -> None:
        if self._matcher.is_error():
            raise AnswerInvalid(f"the schema cannot guide this model: {self._matcher.get_error().splitlines()[0]}")
