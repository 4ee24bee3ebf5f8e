"""SAM (Kirillov et al., ICCV 2023), MedSAM's architecture."""

from pathlib import Path

from overread.testing.tiny_families._parts import IMAGE, draw, save, transformers


def write(folder: Path, seed: int = 0) -> Path:
    """Write a `SamModel` with its processor."""
    vision = transformers.SamVisionConfig(
        hidden_size=32, num_hidden_layers=2, num_attention_heads=2, image_size=IMAGE, patch_size=8, output_channels=32,
        mlp_dim=64, window_size=4, global_attn_indexes=[1], num_pos_feats=16,
    )  # fmt: skip
    prompts = transformers.SamPromptEncoderConfig(hidden_size=32, image_size=IMAGE, patch_size=8, mask_input_channels=8)
    decoder = transformers.SamMaskDecoderConfig(
        hidden_size=32, mlp_dim=64, num_hidden_layers=2, num_attention_heads=2, iou_head_hidden_dim=32
    )
    config = transformers.SamConfig(
        vision_config=vision.to_dict(), prompt_encoder_config=prompts.to_dict(), mask_decoder_config=decoder.to_dict()
    )
    save(draw(transformers.SamModel, config, seed), folder)
    side = {"longest_edge": IMAGE}
    images = transformers.SamImageProcessorPil(size=side, pad_size={"height": IMAGE, "width": IMAGE})
    transformers.SamProcessor(images).save_pretrained(folder)
    return folder
