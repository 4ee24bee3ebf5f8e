"""The tokenizers: byte pair encodings trained on the sentences that we write ourselves."""

import json
import string
from collections.abc import Sequence
from typing import Any

PRINTABLE = [c for c in string.printable if c.isprintable()]


def clip_tokenizer() -> Any:
    """Make the CLIP's lower-case tokenizer; deterministic. Token 0 is an ordinary character, as vLLM needs."""
    from tokenizers import Tokenizer, models, pre_tokenizers, trainers
    from transformers import CLIPTokenizer

    from training.captions import corpus

    bpe = Tokenizer(models.BPE(unk_token=None, end_of_word_suffix="</w>"))
    reference = CLIPTokenizer().backend_tokenizer
    bpe.normalizer, bpe.pre_tokenizer = reference.normalizer, reference.pre_tokenizer
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    trainer = trainers.BpeTrainer(
        vocab_size=900,
        # As special tokens, last letters are numbered in this order; otherwise in the random one of a hash table.
        special_tokens=[character + "</w>" for character in alphabet],
        end_of_word_suffix="</w>",
        initial_alphabet=alphabet,
        show_progress=False,
    )
    bpe.train_from_iterator(corpus(), trainer)
    model = json.loads(bpe.to_str())["model"]
    vocabulary = dict(model["vocab"])
    for special in ("<|startoftext|>", "<|endoftext|>"):
        vocabulary[special] = len(vocabulary)
    merges: Any = [tuple(pair) for pair in model["merges"]]
    return CLIPTokenizer(vocab=vocabulary, merges=merges, model_max_length=77)


def vlm_tokenizer(lines: Sequence[str]) -> Any:
    """Make the VLM's tokenizer over printable ASCII, so that whatever it writes is readable."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import PreTrainedTokenizerFast

    special = ["<pad>", "<s>", "</s>", "<image>", "<|user|>", "<|assistant|>"]
    bpe = Tokenizer(models.BPE(unk_token=None))
    bpe.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    bpe.decoder = decoders.ByteLevel()
    alphabet = ["Ġ" if c == " " else c for c in PRINTABLE] + ["Ċ"]
    trainer = trainers.BpeTrainer(
        vocab_size=2000, special_tokens=special, initial_alphabet=alphabet, show_progress=False, limit_alphabet=100
    )
    bpe.train_from_iterator(lines, trainer)
    return PreTrainedTokenizerFast(
        tokenizer_object=bpe,
        bos_token="<s>",
        eos_token="</s>",
        pad_token="<pad>",
        clean_up_tokenization_spaces=False,
        extra_special_tokens={"image_token": "<image>"},
        additional_special_tokens=["<|user|>", "<|assistant|>"],
    )
