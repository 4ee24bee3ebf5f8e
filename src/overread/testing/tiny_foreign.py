"""Write small random models in the formats of OpenCLIP and TorchXRayVision, for tests of loading and plumbing.

They know nothing: never for a patient. Needs the extras `local`, `open-clip` and `xrv`.
"""

import hashlib
import json
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file

from overread.backends._torchvision import import_torchvision

WORDS = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "no", "normal", "chest", "radiograph", "pleural", "effusion")
TEXT = "microsoft/BiomedNLP-BiomedBERT-base-uncased-abstract"
"""The hub's name of BiomedCLIP's text tower: loading must not ask the hub for it."""


def write_open_clip(folder: Path, seed: int = 0) -> Path:
    """Write a model of BiomedCLIP's architecture (ViT of timm, BERT with a two-layer projection), of tiny size."""
    import_torchvision()
    open_clip: Any = import_module("open_clip")
    transformers: Any = import_module("transformers")
    folder.mkdir(parents=True)
    (folder / "vocab.txt").write_text("\n".join(WORDS))
    transformers.BertTokenizer(vocab={word: index for index, word in enumerate(WORDS)}).save_pretrained(folder)
    transformers.BertConfig(
        vocab_size=len(WORDS), hidden_size=32, num_hidden_layers=2, num_attention_heads=2, intermediate_size=64
    ).save_pretrained(folder)
    text = {
        "hf_model_name": TEXT,
        "hf_tokenizer_name": TEXT,
        "hf_proj_type": "mlp",
        "hf_pooler_type": "cls_last_hidden_state_pooler",
        "context_length": 32,
    }
    vision = {
        "timm_model_name": "vit_tiny_patch16_224",
        "timm_model_pretrained": False,
        "timm_pool": "",
        "timm_proj": "linear",
        "image_size": 224,
    }
    config = {"model_cfg": {"embed_dim": 16, "vision_cfg": vision, "text_cfg": text}, "preprocess_cfg": {}}
    (folder / "open_clip_config.json").write_text(json.dumps(config))
    torch.manual_seed(seed)
    model = open_clip.create_model(
        f"local-dir:{folder}", text_cfg={**text, "hf_model_name": str(folder), "hf_model_pretrained": False}
    )
    save_file(model.state_dict(), folder / "open_clip_model.safetensors")
    return folder


def write_densenet(folder: Path, seed: int = 0, *, bias: Sequence[float] | None = None) -> str:
    """Write TorchXRayVision's DenseNet-121 as it publishes it, a pickle under the published name; give its SHA-256.

    With `bias`, one number for each of its 18 labels, the network gives these logits for any picture.
    """
    models = _library().models
    torch.manual_seed(seed)
    model = models.DenseNet(num_classes=18).eval()
    if bias is not None:
        model.classifier.weight.data.zero_()
        model.classifier.bias.data.copy_(torch.tensor(bias))
    file = folder / str(models.model_urls["densenet121-res224-all"]["weights_url"]).rsplit("/", 1)[-1]
    folder.mkdir(parents=True, exist_ok=True)
    torch.save(model, file)
    return hashlib.sha256(file.read_bytes()).hexdigest()


def operating_thresholds() -> list[float]:
    """Give the library's operating threshold of each of the 18 labels, as probabilities of the network."""
    return [float(point) for point in _library().models.model_urls["densenet121-res224-all"]["op_threshs"]]


def write_pspnet(folder: Path, seed: int = 0) -> str:
    """Write the ChestX-Det PSPNet as it is published, the state of a data-parallel model; give its SHA-256."""
    _library()
    pspnet: Any = import_module("torchxrayvision.baseline_models.chestx_det.ptsemseg.pspnet")
    torch.manual_seed(seed)
    file = folder / "pspnet_chestxray_best_model_4.pth"
    folder.mkdir(parents=True, exist_ok=True)
    state = pspnet.pspnet(14).state_dict()
    torch.save({f"module.{name}": tensor for name, tensor in state.items()}, file)
    return hashlib.sha256(file.read_bytes()).hexdigest()


def _library() -> Any:
    import_torchvision()
    return import_module("torchxrayvision")
