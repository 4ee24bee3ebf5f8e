"""A language model without eyes (Llama, Touvron et al. 2023): a text tower alone."""

from pathlib import Path

from overread.testing.tiny_families._parts import CONTEXT, byte_tokenizer, draw, ends, save, tower, transformers

SPECIAL = ("<pad>", "<s>", "</s>")
TEMPLATE = (
    "{{ bos_token }}{% for message in messages %}{{ message['content'] }}{% endfor %}"
    "{% if add_generation_prompt %}{{ '\n' }}{% endif %}"
)


def write(folder: Path, seed: int = 0) -> Path:
    """Write a `LlamaForCausalLM` with its tokenizer and chat template; one token is one byte."""
    tokens = transformers.PreTrainedTokenizerFast(
        tokenizer_object=byte_tokenizer(SPECIAL), pad_token="<pad>", bos_token="<s>", eos_token="</s>"
    )
    tokens.chat_template = TEMPLATE
    config = transformers.LlamaConfig(
        **tower(), vocab_size=len(tokens), max_position_embeddings=CONTEXT, **ends(tokens)
    )
    model = draw(transformers.LlamaForCausalLM, config, seed)
    model.generation_config = transformers.GenerationConfig(**ends(tokens))
    save(model, folder)
    tokens.save_pretrained(folder)
    return folder
