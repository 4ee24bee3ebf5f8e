"""Scripted models give what their script says, and fail as it says."""

from pathlib import Path

import numpy as np
import pytest

from overread.backends.scripted import (
    ScriptedChat,
    ScriptedEmbedding,
    ScriptedLabels,
    ScriptedSegmentation,
    Turns,
    build,
)
from overread.errors import AnswerInvalid, SettingsError, Unavailable
from overread.ports import ChatBackend, ChatRequest, EmbeddingBackend, LabelBackend, SegmentationBackend
from overread.settings import ModelSpec, Settings
from overread.testing.doubles import make_picture

YES = {"type": "object", "properties": {"answer": {"type": "string"}}, "required": ["answer"]}


def test_a_list_is_answered_in_turn_and_runs_out() -> None:
    model = ScriptedChat([{"answer": "yes"}, '{"answer": "no"}'])
    assert model.ask(ChatRequest("Q", schema=YES)).data == {"answer": "yes"}
    assert model.ask(ChatRequest("Q", schema=YES)).data == {"answer": "no"}
    with pytest.raises(Unavailable, match="no answer left"):
        model.ask(ChatRequest("Q", schema=YES))


def test_a_mapping_answers_by_words_of_the_prompt() -> None:
    model = ScriptedChat({"effusion": {"answer": "yes"}, "": {"answer": "cannot tell"}})
    assert model.ask(ChatRequest("Is there an effusion?", schema=YES)).data == {"answer": "yes"}
    assert model.ask(ChatRequest("Is there a fracture?", schema=YES)).data == {"answer": "cannot tell"}


def test_an_answer_off_the_schema_is_refused() -> None:
    with pytest.raises(AnswerInvalid, match="required"):
        ScriptedChat([{"reply": "yes"}]).ask(ChatRequest("Q", schema=YES))


def test_faults_last_as_many_calls_as_told() -> None:
    model = ScriptedChat({"": {"answer": "no"}}, turns=Turns(fault="unavailable", times=1))
    with pytest.raises(Unavailable):
        model.ask(ChatRequest("Q", schema=YES))
    assert model.ask(ChatRequest("Q", schema=YES)).data == {"answer": "no"}
    with pytest.raises(AnswerInvalid):
        ScriptedChat({"": "yes"}, turns=Turns(fault="garbage")).ask(ChatRequest("Q", schema=YES))
    with pytest.raises(AnswerInvalid):
        ScriptedSegmentation(turns=Turns(fault="garbage")).segment(make_picture())
    with pytest.raises(AnswerInvalid):
        ScriptedLabels(turns=Turns(fault="garbage")).score_labels(make_picture())
    with pytest.raises(Unavailable):
        ScriptedEmbedding(turns=Turns(fault="unavailable")).embed_texts(["x"])


def test_unscripted_embeddings_follow_the_pixels() -> None:
    model = ScriptedEmbedding()
    one, two = model.embed_pictures([make_picture(1), 255 - make_picture(1)])
    assert np.linalg.norm(one) == pytest.approx(1)
    assert float(one @ two) < 0.99
    assert np.linalg.norm(model.embed_pictures([np.zeros((9, 9), np.uint8)])) == pytest.approx(1)


def test_scripted_maps_are_brought_to_the_size_of_the_picture() -> None:
    maps = ScriptedSegmentation({"heart": np.ones((4, 4), np.float32)}).segment(make_picture(1, 50, 70))
    assert maps["heart"].shape == (50, 70)
    assert set(ScriptedSegmentation().segment(make_picture())) == {"right_lung", "left_lung", "heart"}


def test_unscripted_probabilities_follow_the_pixels() -> None:
    model = ScriptedLabels()
    assert model.score_labels(make_picture()) != model.score_labels(255 - make_picture())
    assert set(model.score_labels(np.full((9, 9), 255, np.uint8)).values()) == {1.0}


def test_the_profile_gives_probabilities_by_a_script(tmp_path: Path) -> None:
    script = tmp_path / "script.yaml"
    script.write_text("Edema: 0.8\nPleural Effusion: 0.1\n")
    spec = ModelSpec(backend="scripted", model="labels", parameters={"script": str(script)})
    model = build(spec, Settings())
    assert isinstance(model, LabelBackend)
    assert model.score_labels(make_picture()) == {"Edema": 0.8, "Pleural Effusion": 0.1}
    for wrong in ("[0.8]", "Edema: often", "Edema: 8", "Edema: null"):
        script.write_text(wrong)
        with pytest.raises(SettingsError, match="probability"):
            build(spec, Settings())


def test_the_profile_chooses_the_double_and_its_answer(tmp_path: Path) -> None:
    settings = Settings()
    chat = build(ModelSpec(backend="scripted", model="chat", parameters={"answer": '{"answer": "no"}'}), settings)
    assert isinstance(chat, ChatBackend)
    assert chat.ask(ChatRequest("Q", schema=YES)).data == {"answer": "no"}
    script = tmp_path / "script.yaml"
    script.write_text('"effusion": {answer: "yes"}\n"": {answer: "no"}\n')
    chat = build(ModelSpec(backend="scripted", model="chat", parameters={"script": str(script)}), settings)
    assert isinstance(chat, ChatBackend)
    assert chat.ask(ChatRequest("an effusion?", schema=YES)).data == {"answer": "yes"}
    assert isinstance(build(ModelSpec(backend="scripted", model="embedding"), settings), EmbeddingBackend)
    assert isinstance(build(ModelSpec(backend="scripted", model="segmentation"), settings), SegmentationBackend)
    assert isinstance(build(ModelSpec(backend="scripted", model="labels"), settings), LabelBackend)


@pytest.mark.parametrize(
    ("model", "parameters"), [("oracle", {}), ("chat", {"fault": "slow"}), ("chat", {"script": "nowhere.yaml"})]
)
def test_a_wrong_script_is_a_settings_error(model: str, parameters: dict[str, str | int | float | bool | None]) -> None:
    with pytest.raises(SettingsError):
        build(ModelSpec(backend="scripted", model=model, parameters=parameters), Settings())
