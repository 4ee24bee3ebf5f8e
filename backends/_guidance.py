"""Hold a model to a JSON schema while it writes (llguidance, the engine that vLLM also runs)."""

import json
from collections.abc import Collection, Mapping, Sequence
from functools import lru_cache
from typing import Any

import llguidance
import numpy as np
import torch
from llguidance import hf
from numpy.typing import NDArray
from transformers import LogitsProcessor

from overread.backends._schema import in_layout
from overread.errors import AnswerInvalid


class Grammars:
    """Prepares a tokenizer and schemas for guidance, each once; `vocabulary` is the width of the logits."""

    def __init__(self, tokenizer: Any, vocabulary: int) -> None:
        self._tokenizer = hf.from_tokenizer(tokenizer, n_vocab=vocabulary)
        self._compiled = lru_cache(maxsize=32)(self._compile)

    def matcher(self, schema: Mapping[str, Any]) -> llguidance.LLMatcher:
        """Give a matcher at the start of an answer; raise `AnswerInvalid` for a schema that cannot guide the model."""
        return self._compiled(json.dumps(in_layout(schema))).deep_copy()

    def _compile(self, schema: str) -> llguidance.LLMatcher:
        matcher = llguidance.LLMatcher(self._tokenizer, llguidance.LLMatcher.grammar_from_json_schema(schema))
        _refuse_broken(matcher)
        return matcher


class SchemaProcessor(LogitsProcessor):
    """Takes away every token after which the text of a row could not become valid any more.

    A row without a schema is free, and so is one that has ended at one of `ends`: nothing more of it is read. A row
    whose schema cannot guide the model, or whose grammar breaks, is left to itself, and `faults` says why its answer is
    none.
    """

    def __init__(
        self,
        schemas: Sequence[Mapping[str, Any] | None],
        grammars: Grammars,
        prompt_tokens: int,
        ends: Collection[int],
    ) -> None:
        self.faults: dict[int, AnswerInvalid] = {}
        self._guided: dict[int, llguidance.LLMatcher] = {}
        for row, schema in enumerate(schemas):
            try:
                if schema is not None:
                    self._guided[row] = grammars.matcher(schema)
            except AnswerInvalid as error:
                self.faults[row] = error
        self._read = prompt_tokens
        self._ends = frozenset(ends)

    def __call__(self, input_ids: torch.Tensor, scores: torch.Tensor) -> torch.Tensor:
        written = input_ids[:, self._read :].tolist()
        self._read = input_ids.shape[1]
        self._guided = {row: each for row, each in self._guided.items() if self._ends.isdisjoint(written[row])}
        allowed = np.ones(tuple(scores.shape), bool)
        for row, matcher in self._guided.items():
            if row not in self.faults:
                self._allow(row, matcher, written[row], allowed[row])
        return scores.masked_fill(~torch.from_numpy(allowed).to(scores.device), -torch.inf)

    def _allow(self, row: int, matcher: llguidance.LLMatcher, written: list[int], allowed: NDArray[np.bool_]) -> None:
        matcher.consume_tokens(written)
        bits = np.frombuffer(matcher.compute_bitmask(), np.uint8)
        try:
            _refuse_broken(matcher)
        except AnswerInvalid as error:
            self.faults[row] = error
        else:
            allowed[:] = np.unpackbits(bits, bitorder="little")[: allowed.size]


def _refuse_broken(matcher: llguidance.LLMatcher) -> None:
    if matcher.is_error():
        raise AnswerInvalid(f"the schema cannot guide this model: {matcher.get_error().splitlines()[0]}")
