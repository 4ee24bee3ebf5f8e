"""What was recorded is replayed without the model, and nothing of the patient is in the file."""

from pathlib import Path

import numpy as np
import pytest

from overread.backends.recorded import (
    RecordedChat,
    RecordedEmbedding,
    RecordedLabels,
    RecordedSegmentation,
    Recording,
    build,
)
from overread.backends.scripted import ScriptedChat, ScriptedEmbedding, ScriptedLabels, ScriptedSegmentation
from overread.errors import AnswerInvalid, SettingsError, Unavailable
from overread.ports import ChatAnswer, ChatBackend, ChatRequest, LabelBackend
from overread.settings import ModelSpec, Settings
from overread.testing.doubles import make_picture

SCHEMA = {"type": "object", "properties": {"answer": {"enum": ["yes", "no"]}}, "required": ["answer"]}
REQUEST = ChatRequest("Mrs Jones, is there an effusion?", (make_picture(),), schema=SCHEMA)


def test_a_chat_answer_is_replayed_from_the_file(tmp_path: Path) -> None:
    path = tmp_path / "answers.jsonl"
    source = ScriptedChat([{"answer": "yes"}])
    asked = RecordedChat(Recording(path), source.card, source).ask(REQUEST)
    replay = RecordedChat(Recording(path), source.card)
    assert replay.ask(REQUEST) == asked
    assert "Jones" not in path.read_text()


def test_requests_asked_together_and_alone_have_the_same_entries(tmp_path: Path) -> None:
    requests = [ChatRequest(f"question {number}", (make_picture(),), schema=SCHEMA) for number in range(3)]
    files = [tmp_path / name for name in ("alone.jsonl", "together.jsonl")]
    alone, together = (
        RecordedChat(Recording(file), source.card, source)
        for file, source in zip(files, [ScriptedChat({"": {"answer": "no"}}) for _ in files], strict=True)
    )
    one_by_one = [alone.ask(request) for request in requests]
    assert [answer for _, answer in sorted(together.ask_all(requests), key=lambda said: said[0])] == one_by_one
    assert files[0].read_text() == files[1].read_text()
    for file in files:
        replay = RecordedChat(Recording(file), alone.card)
        assert list(replay.ask_all(requests)) == list(enumerate(one_by_one))


def test_a_bad_answer_of_several_is_not_recorded_and_costs_only_itself(tmp_path: Path) -> None:
    source = ScriptedChat([{"answer": "yes"}, {"answer": "perhaps"}, {"answer": "no"}])
    recording = Recording(tmp_path / "answers.jsonl")
    requests = [ChatRequest(f"question {number}", schema=SCHEMA) for number in range(3)]
    said = dict(RecordedChat(recording, source.card, source).ask_all(requests))
    assert [type(said[place]) for place in range(3)] == [ChatAnswer, AnswerInvalid, ChatAnswer]
    assert len(recording) == 2


def test_a_request_that_was_not_recorded_names_its_digest(tmp_path: Path) -> None:
    replay = RecordedChat(Recording(tmp_path / "none.jsonl"), ScriptedChat().card)
    with pytest.raises(Unavailable, match=r"request [0-9a-f]{12}"):
        replay.ask(REQUEST)


def test_another_picture_is_another_request(tmp_path: Path) -> None:
    path = tmp_path / "answers.jsonl"
    source = ScriptedChat([{"answer": "yes"}])
    RecordedChat(Recording(path), source.card, source).ask(REQUEST)
    other = ChatRequest(REQUEST.prompt, (make_picture(2),), schema=SCHEMA)
    with pytest.raises(Unavailable):
        RecordedChat(Recording(path), source.card).ask(other)


def test_an_edited_recording_is_checked_against_the_schema(tmp_path: Path) -> None:
    path = tmp_path / "answers.jsonl"
    source = ScriptedChat([{"answer": "yes"}])
    RecordedChat(Recording(path), source.card, source).ask(REQUEST)
    path.write_text(path.read_text().replace('{"answer": "yes"}', '{"answer": "perhaps"}'))
    with pytest.raises(AnswerInvalid):
        RecordedChat(Recording(path), source.card).ask(REQUEST)


def test_embeddings_and_masks_are_replayed(tmp_path: Path) -> None:
    recording, picture = Recording(tmp_path / "answers.jsonl"), make_picture()
    embedding, segmentation = ScriptedEmbedding(), ScriptedSegmentation()
    vectors = RecordedEmbedding(recording, embedding.card, embedding).embed_pictures([picture])
    maps = RecordedSegmentation(recording, segmentation.card, segmentation).segment(picture)
    later = Recording(tmp_path / "answers.jsonl")
    assert np.array_equal(RecordedEmbedding(later, embedding.card).embed_pictures([picture]), vectors)
    replayed = RecordedSegmentation(later, segmentation.card).segment(picture)
    for name, plane in segmentation.segment(picture).items():
        assert np.array_equal(replayed[name], maps[name])
        assert np.abs(replayed[name] - plane).max() <= 0.5 / 255 + 1e-6


def test_probabilities_are_replayed_to_the_last_digit(tmp_path: Path) -> None:
    path, source, picture = tmp_path / "answers.jsonl", ScriptedLabels({"Edema": 0.123457}), make_picture()
    told = RecordedLabels(Recording(path), source.card, source).score_labels(picture)
    assert RecordedLabels(Recording(path), source.card).score_labels(picture) == told == {"Edema": 0.123457}
    parameters = {"file": str(path), "capability": "labels"}
    replay = build(ModelSpec(backend="recorded", model="labels", parameters=parameters), Settings())
    assert isinstance(replay, LabelBackend)
    assert replay.score_labels(picture) == told
    with pytest.raises(Unavailable):
        replay.score_labels(make_picture(2))


def test_an_unknown_capability_is_a_settings_error(tmp_path: Path) -> None:
    parameters = {"file": str(tmp_path / "answers.jsonl"), "capability": "smell"}
    with pytest.raises(SettingsError, match="labels"):
        build(ModelSpec(backend="recorded", model="nose", parameters=parameters), Settings())


def test_the_profile_records_from_any_backend_and_replays(tmp_path: Path) -> None:
    path = str(tmp_path / "answers.jsonl")
    parameters = {"file": path, "record": "scripted", "answer": '{"answer": "no"}'}
    recorder = build(ModelSpec(backend="recorded", model="chat", parameters=parameters), Settings())
    replay = build(ModelSpec(backend="recorded", model="chat", parameters={"file": path}), Settings())
    assert isinstance(recorder, ChatBackend)
    assert recorder.ask(REQUEST).data == {"answer": "no"}
    replay = build(ModelSpec(backend="recorded", model="chat", parameters={"file": path}), Settings())
    assert isinstance(replay, ChatBackend)
    assert replay.ask(REQUEST).data == {"answer": "no"}


def test_a_damaged_recording_says_which_line(tmp_path: Path) -> None:
    path = tmp_path / "answers.jsonl"
    path.write_text("not json\n")
    with pytest.raises(SettingsError, match="line 1"):
        Recording(path)
