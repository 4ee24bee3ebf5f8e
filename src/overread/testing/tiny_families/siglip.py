"""SigLIP (Zhai et al. 2023), MedSigLIP's architecture."""

from pathlib import Path

from tokenizers import processors

from overread.testing.tiny_families._parts import IMAGE, PATCH, byte_tokenizer, draw, ends, save, tower, transformers

LENGTH = 64
SPECIAL = ("<pad>", "</s>", "<unk>")


def write(folder: Path, seed: int = 0) -> Path:
    """Write a `SiglipModel` with its processor; a text is one token per byte, always 64 with its padding."""
    tokenizer = byte_tokenizer(SPECIAL)
    tokenizer.post_processor = processors.TemplateProcessing(
        single="$A </s>", special_tokens=[("</s>", SPECIAL.index("</s>"))]
    )
    # As published: texts are padded with their end, and no attention mask tells the model so.
    tokens = transformers.PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, pad_token="</s>", eos_token="</s>", unk_token="<unk>",
        model_max_length=LENGTH, model_input_names=["input_ids"],
    )  # fmt: skip
    text = {
        **tower(), "vocab_size": len(tokens), "max_position_embeddings": LENGTH, **ends(tokens), "bos_token_id": None,
    }  # fmt: skip
    vision = {**tower(), "image_size": IMAGE, "patch_size": PATCH}
    config = transformers.SiglipConfig(text_config=text, vision_config=vision)
    save(draw(transformers.SiglipModel, config, seed, spread=0.2), folder)
    images = transformers.SiglipImageProcessorPil(size={"height": IMAGE, "width": IMAGE})
    transformers.SiglipProcessor(image_processor=images, tokenizer=tokens).save_pretrained(folder)
    return folder
