"""CLIPSeg (Lüddecke and Ecker, CVPR 2022)."""

from pathlib import Path

from overread.testing.tiny_families import clip
from overread.testing.tiny_families._parts import IMAGE, PATCH, WIDTH, draw, ends, save, tower, transformers

SIDE = 96
"""Of the pictures that it is given: larger than those its tower was taught on, as published."""


def write(folder: Path, seed: int = 0) -> Path:
    """Write a `CLIPSegForImageSegmentation` with its processor; a text is one token per byte, at most 77."""
    tokens = clip.tokenizer()
    text = {
        **tower(),
        "projection_dim": WIDTH,
        "vocab_size": len(tokens),
        "max_position_embeddings": 77,
        **ends(tokens),
    }
    vision = {**tower(), "projection_dim": WIDTH, "image_size": IMAGE, "patch_size": PATCH}
    config = transformers.CLIPSegConfig(
        text_config=text, vision_config=vision, projection_dim=WIDTH, reduce_dim=16, extract_layers=[0, 1],
        decoder_num_attention_heads=2, decoder_intermediate_size=32,
    )  # fmt: skip
    save(draw(transformers.CLIPSegForImageSegmentation, config, seed), folder)
    images = transformers.ViTImageProcessorPil(size={"height": SIDE, "width": SIDE})
    transformers.CLIPSegProcessor(image_processor=images, tokenizer=tokens).save_pretrained(folder)
    return folder
