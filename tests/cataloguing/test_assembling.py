"""A checkpoint in its authors' own format becomes a folder that answers as the authors' arithmetic does."""

from pathlib import Path

import numpy as np
import pytest

from tests.needs import require

require("torch")

import torch
import transformers

from overread.backends.transformers import build
from overread.cataloguing.adding import Asked, look_at
from overread.cataloguing.assembling import PartsOfModel, assemble
from overread.cataloguing.licences import Given
from overread.errors import ModelRefused, UsageError
from overread.imaging.letterbox import letterbox
from overread.ports import EmbeddingBackend
from overread.settings import ModelSpec, Settings
from overread.testing.doubles import make_picture
from overread.testing.tiny_families import medclip, minigpt_4

TERMS = Given("MIT", "https://spdx.org/licenses/MIT")


@pytest.fixture(scope="module")
def clip_parts(tmp_path_factory: pytest.TempPathFactory) -> PartsOfModel:
    return PartsOfModel(**medclip.write_parts(tmp_path_factory.mktemp("medclip")))


@pytest.fixture(scope="module")
def chat_parts(tmp_path_factory: pytest.TempPathFactory) -> PartsOfModel:
    return PartsOfModel(**minigpt_4.write_parts(tmp_path_factory.mktemp("minigpt-4")))


def part(state: dict[str, torch.Tensor], prefix: str) -> dict[str, torch.Tensor]:
    found = {name.removeprefix(prefix): value for name, value in state.items() if name.startswith(prefix)}
    return {name: value for name, value in found.items() if not name.endswith("position_ids")}


def test_medclip_embeds_as_its_authors_compute_it(clip_parts: PartsOfModel, tmp_path: Path) -> None:
    assemble("medclip", clip_parts, tmp_path / "model")
    model = build(ModelSpec(backend="transformers", model=str(tmp_path / "model")), Settings(torch_threads=1))
    assert isinstance(model, EmbeddingBackend)
    state = torch.load(clip_parts.weights, weights_only=True)
    words = transformers.BertModel(transformers.BertConfig.from_pretrained(clip_parts.text)).eval()
    words.load_state_dict(part(state, "text_model.model."))
    eyes = transformers.SwinModel(transformers.SwinConfig.from_pretrained(clip_parts.vision)).eval()
    eyes.load_state_dict(part(state, "vision_model.model."))
    text, picture = "a large pleural effusion", make_picture(1, 64, 64)
    plane = letterbox(picture, 64).pixels.astype(np.float32) / 255
    pixels = torch.from_numpy((plane - 0.5862785803043838) / 0.27950088968644304).expand(1, 3, 64, 64)
    with torch.no_grad():
        tokens = transformers.AutoTokenizer.from_pretrained(clip_parts.text)([text], return_tensors="pt")
        hidden = words(**tokens, output_hidden_states=True).hidden_states
        of_text = torch.stack([hidden[1], hidden[2], hidden[-1]]).permute(1, 0, 2, 3).mean(2).mean(1)
        of_text = of_text @ state["text_model.projection_head.weight"].T
        of_picture = eyes(pixels.float()).pooler_output @ state["vision_model.projection_head.weight"].T
    for mine, theirs in (
        (model.embed_texts([text, "no " * 30])[0], of_text[0]),
        (model.embed_pictures([picture])[0], of_picture[0]),
    ):
        assert np.allclose(mine, (theirs / theirs.norm()).numpy(), atol=1e-5)
    assert model.logit_scale == pytest.approx(1 / 0.07)


def test_minigpt_4_sees_the_picture_where_its_authors_put_it(chat_parts: PartsOfModel, tmp_path: Path) -> None:
    assemble("minigpt-4", chat_parts, tmp_path / "model")
    model = transformers.Blip2ForConditionalGeneration.from_pretrained(tmp_path / "model", dtype=torch.float32).eval()
    eyes = transformers.Blip2ForConditionalGeneration.from_pretrained(chat_parts.vision, dtype=torch.float32).eval()
    writer = transformers.LlamaForCausalLM.from_pretrained(chat_parts.text, dtype=torch.float32).eval()
    layer = torch.load(chat_parts.weights, weights_only=True)["model"]
    processor = transformers.AutoProcessor.from_pretrained(tmp_path / "model")
    template = (tmp_path / "model" / "chat_template.jinja").read_text()
    turn = [{"role": "user", "content": [{"type": "image"}, {"type": "text", "text": "Report."}]}]
    text = processor.tokenizer.apply_chat_template(
        turn, chat_template=template, add_generation_prompt=True, tokenize=False
    )
    queries = "<image>" * minigpt_4.QUERIES
    assert text == f"<s>###Human: <Img>{queries}</Img> Report.###Assistant: "
    pixels = torch.randn(1, 3, minigpt_4.IMAGE, minigpt_4.IMAGE, generator=torch.Generator().manual_seed(1))
    with torch.no_grad():
        seen = eyes.vision_model(pixels).last_hidden_state
        asked = eyes.qformer(query_embeds=eyes.query_tokens, encoder_hidden_states=seen).last_hidden_state
        projected = asked @ layer["llama_proj.weight"].T + layer["llama_proj.bias"]
        halves = [
            writer.get_input_embeddings()(
                processor.tokenizer(half, return_tensors="pt", add_special_tokens=False)["input_ids"]
            )
            for half in text.split(queries)
        ]
        theirs = writer(inputs_embeds=torch.cat([halves[0], projected, halves[1]], 1)).logits
        tokens = processor.tokenizer(text, return_tensors="pt", add_special_tokens=False)
        mine = model(pixel_values=pixels, **{name: tokens[name] for name in ("input_ids", "attention_mask")}).logits
    assert theirs.shape[1] == mine.shape[1]
    # Its weights lie there in float16.
    assert torch.allclose(mine[0, -1, : theirs.shape[2]], theirs[0, -1], atol=0.05, rtol=0.02)
    assert int(mine[0, -1].argmax()) == int(theirs[0, -1].argmax())


@pytest.mark.parametrize(("kind", "family"), [("medclip", "dual-encoder"), ("minigpt-4", "blip-2")])
def test_what_was_assembled_is_taken_in_and_not_promised_to_a_server(
    clip_parts: PartsOfModel, chat_parts: PartsOfModel, tmp_path: Path, kind: str, family: str
) -> None:
    assemble(kind, clip_parts if kind == "medclip" else chat_parts, tmp_path / "model")
    looked = look_at(Asked("mine", str(tmp_path / "model"), licence=TERMS))
    assert (looked.entry.family, looked.entry.engine, looked.kind.backends) == (family, "in-process", ("transformers",))


def test_the_same_parts_make_the_same_weights(chat_parts: PartsOfModel, tmp_path: Path) -> None:
    for name in ("one", "two"):
        assemble("minigpt-4", chat_parts, tmp_path / name)
    one, two = ((tmp_path / name / "model.safetensors").read_bytes() for name in ("one", "two"))
    assert one == two


def test_parts_that_do_not_fit_leave_nothing(
    clip_parts: PartsOfModel, chat_parts: PartsOfModel, tmp_path: Path
) -> None:
    wrong = {
        "medclip": PartsOfModel(clip_parts.weights, chat_parts.text, clip_parts.text),
        "minigpt-4": PartsOfModel(clip_parts.weights, chat_parts.vision, chat_parts.text),
    }
    for kind, parts in wrong.items():
        with pytest.raises(ModelRefused, match=f"do not make a {kind}"):
            assemble(kind, parts, tmp_path / "model")
    assert list(tmp_path.iterdir()) == []


class Evil:
    """Would write a file when it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> object:
        return Path.touch, (self.path,)


def test_code_in_a_checkpoint_is_not_run(clip_parts: PartsOfModel, tmp_path: Path) -> None:
    torch.save({"model": Evil(tmp_path / "ran")}, tmp_path / "evil.bin")
    with pytest.raises(ModelRefused, match="holds code"):
        assemble("medclip", PartsOfModel(tmp_path / "evil.bin", clip_parts.vision, clip_parts.text), tmp_path / "model")
    assert not (tmp_path / "ran").exists()


def test_a_folder_in_use_and_an_unknown_kind_are_refused(clip_parts: PartsOfModel, tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("")
    with pytest.raises(UsageError, match="in use"):
        assemble("medclip", clip_parts, tmp_path)
    with pytest.raises(UsageError, match="in use"):
        assemble("medclip", clip_parts, tmp_path / "mine")
    with pytest.raises(UsageError, match="there are: medclip, minigpt-4"):
        assemble("radfm", clip_parts, tmp_path / "model")
