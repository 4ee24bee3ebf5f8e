"""Write a `StableDiffusionPipeline` with random weights: noise in colours, never a radiograph.

Needs the extras `local` and `diffusion`.
"""

from pathlib import Path
from typing import Any

import diffusers
import torch

from overread.testing.tiny_families import clip
from overread.testing.tiny_families._parts import transformers

EDGE = 8
"""Pixels a side of the latent picture; the decoded one has eight times as many."""


def write(folder: Path, seed: int = 0) -> Path:
    """Write text encoder, tokenizer, UNet, VAE and scheduler as `save_pretrained` does, in safetensors."""
    library: Any = diffusers
    clip.write(folder / "clip", seed)
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder / "clip")
    torch.manual_seed(seed)
    text = transformers.CLIPTextConfig(
        hidden_size=32, intermediate_size=37, num_attention_heads=4, num_hidden_layers=2, projection_dim=32,
        vocab_size=len(tokenizer), max_position_embeddings=77, bos_token_id=0, eos_token_id=2, pad_token_id=1,
    )  # fmt: skip
    unet = library.UNet2DConditionModel(
        block_out_channels=(16, 32), layers_per_block=1, sample_size=EDGE, in_channels=4, out_channels=4,
        down_block_types=("DownBlock2D", "CrossAttnDownBlock2D"), up_block_types=("CrossAttnUpBlock2D", "UpBlock2D"),
        cross_attention_dim=32, attention_head_dim=8, norm_num_groups=8,
    )  # fmt: skip
    vae = library.AutoencoderKL(
        block_out_channels=(8, 16, 16, 16), latent_channels=4, norm_num_groups=8,
        down_block_types=("DownEncoderBlock2D",) * 4, up_block_types=("UpDecoderBlock2D",) * 4,
    )  # fmt: skip
    library.StableDiffusionPipeline(
        vae=vae,
        text_encoder=transformers.CLIPTextModel(text).eval(),
        tokenizer=tokenizer,
        unet=unet,
        scheduler=library.DDIMScheduler(steps_offset=1, clip_sample=False),
        safety_checker=None,
        feature_extractor=None,
        requires_safety_checker=False,
    ).save_pretrained(folder / "pipeline", safe_serialization=True)
    return folder / "pipeline"
