"""The catalogue, the terms of its models, and the profiles that ship."""

from pathlib import Path

import pytest
import yaml

from overread import weights
from overread.errors import ServingRefused, SettingsError, Unavailable
from overread.serving.catalogue import entry, known, local_folder, served
from overread.serving.preflight import run_preflight
from overread.serving.records import Entry
from overread.serving.terms import require_accepted, require_pinned
from overread.settings import Profile, Serving, Settings, load_profile, shipped_profiles

COMMIT = "0123456789abcdef0123456789abcdef01234567"
OWN = {
    "describe": "made up",
    "family": "llava",
    "task": "chat",
    "engine": "vllm",
    "source": "somebody/something",
    "licence": {"name": "MIT", "url": "https://example.org", "commercial": True},
    "need": {"weights": 1, "measured": "made up"},
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An operator's catalogue with one model, `mine`."""
    (tmp_path / "mine.yaml").write_text(yaml.safe_dump(OWN))
    return tmp_path


def with_roles(**roles: object) -> Profile:
    return Profile.model_validate({"name": "p", "describe": "d", "tools": (), "roles": roles})


def every_profile() -> list[str]:
    return sorted(path.stem for path in shipped_profiles().glob("*.yaml"))


def models_of(profile: Profile, settings: Settings) -> list[Entry]:
    """Give the catalogue's entries of every role, served or in process."""
    names = {item.name for item in known(settings)}
    return [entry(spec.model, settings) for spec in profile.roles.values() if spec.model in names]


def test_every_entry_that_ships_is_valid_and_says_how_its_figures_and_terms_are_known() -> None:
    entries = known(Settings())
    assert {"vlm", "clip", "lingshu-7b", "medgemma-1.5-4b", "medsiglip-448", "biomedclip"} <= {e.name for e in entries}
    for item in entries:
        assert item.licence.note, item.name
        assert item.licence.url.startswith("https://"), item.name
        assert item.need.measured, item.name


def test_every_model_of_the_hub_that_is_served_is_pinned() -> None:
    on_hub = [item for item in known(Settings()) if item.engine == "vllm" and item.name != "radvlm-7b"]
    require_pinned(on_hub)


@pytest.mark.parametrize("name", ["vlm", "clip"])
def test_the_embedded_models_are_reckoned_in_float32(name: str) -> None:
    """The file is float16: twice its size, and no more than a tenth above."""
    size = (weights.SHIPPED / name / "model.safetensors").stat().st_size
    assert 2 * size <= entry(name, Settings()).need.weights <= 2.2 * size


def test_the_cache_of_the_embedded_model_is_that_of_its_configuration() -> None:
    text = weights.config(weights.SHIPPED / "vlm")["text_config"]
    heads, size, layers = text["num_key_value_heads"], text["head_dim"], text["num_hidden_layers"]
    item = entry("vlm", Settings())
    assert item.need.kv_per_token == 2 * layers * heads * size * 4
    assert item.context <= text["max_position_embeddings"]


@pytest.mark.parametrize("name", every_profile())
def test_no_profile_that_ships_names_a_non_commercial_model(name: str) -> None:
    settings = Settings()
    assert all(item.licence.commercial for item in models_of(load_profile(name, settings), settings))


@pytest.mark.parametrize("name", [name for name in every_profile() if name != "gpu-80gb-medgemma"])
def test_no_profile_that_ships_names_a_gated_model_but_the_one_by_choice(name: str) -> None:
    settings = Settings()
    assert not any(item.licence.gated for item in models_of(load_profile(name, settings), settings))
    require_accepted(served(load_profile(name, settings), settings), settings)


@pytest.mark.parametrize("name", every_profile())
def test_what_a_profile_has_served_is_pinned(name: str) -> None:
    settings = Settings()
    require_pinned(served(load_profile(name, settings), settings))


def test_an_operators_entry_is_known_beside_those_that_ship_and_may_replace_one(folder: Path) -> None:
    settings = Settings(catalogue_dir=folder)
    assert entry("mine", settings).source == "somebody/something"
    (folder / "vlm.yaml").write_text(yaml.safe_dump(OWN))
    assert entry("vlm", settings).source == "somebody/something"
    assert len(known(settings)) == len(known(Settings())) + 1


def test_an_unknown_name_is_answered_with_the_known_ones() -> None:
    with pytest.raises(SettingsError, match=r"no model named 'nobody' in the catalogue; there are: .*vlm"):
        entry("nobody", Settings())


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"family": "gpt"}, "mine.yaml is not valid: family"),
        ({"surprise": 1}, "mine.yaml is not valid: surprise"),
        ({"revision": "main"}, "'main' of 'mine' is no commit"),
        ({"need": {"weights": 0, "measured": "?"}}, "mine.yaml is not valid: need.weights"),
    ],
)
def test_a_wrong_entry_says_what_is_wrong_with_it(folder: Path, change: dict[str, object], said: str) -> None:
    (folder / "mine.yaml").write_text(yaml.safe_dump({**OWN, **change}))
    with pytest.raises(SettingsError, match=said):
        entry("mine", Settings(catalogue_dir=folder))


@pytest.mark.parametrize("content", ["", "- 1", "a: [", "\x00"])
def test_a_file_that_is_no_entry_is_a_settings_error(folder: Path, content: str) -> None:
    (folder / "mine.yaml").write_text(content)
    with pytest.raises(SettingsError, match=r"mine\.yaml is not valid"):
        known(Settings(catalogue_dir=folder))


def test_roles_that_share_a_model_are_served_by_one() -> None:
    role = {"backend": "vllm", "model": "vlm"}
    entries = served(with_roles(report=role, vqa=role, classification={**role, "model": "clip"}), Settings())
    assert [item.name for item in entries] == ["vlm", "clip"]


def test_somebody_elses_server_and_models_in_process_are_not_served() -> None:
    profile = with_roles(
        report={"backend": "vllm", "model": "theirs", "url": "http://127.0.0.1:8000"},
        vqa={"backend": "transformers", "model": "vlm"},
    )
    assert served(profile, Settings()) == ()


def test_a_model_that_vllm_cannot_serve_is_refused_as_a_served_one() -> None:
    with pytest.raises(SettingsError, match="'biomedclip' runs in process"):
        served(with_roles(classification={"backend": "vllm", "model": "biomedclip"}), Settings())


def test_a_profile_pins_a_revision_or_names_a_folder_of_its_own(folder: Path) -> None:
    role = {"backend": "vllm", "model": "mine", "parameters": {"revision": COMMIT, "source": "/models/mine"}}
    (item,) = served(with_roles(report=role), Settings(catalogue_dir=folder))
    assert (item.revision, item.source) == (COMMIT, "/models/mine")


def test_two_roles_that_disagree_about_one_model_are_refused(folder: Path) -> None:
    role = {"backend": "vllm", "model": "mine"}
    profile = with_roles(report=role, vqa={**role, "parameters": {"revision": COMMIT}})
    with pytest.raises(SettingsError, match="two revisions or sources"):
        served(profile, Settings(catalogue_dir=folder))


def test_an_unpinned_model_of_the_hub_is_refused_with_how_to_pin_it(folder: Path) -> None:
    item = entry("mine", Settings(catalogue_dir=folder))
    with pytest.raises(ServingRefused, match=r"git ls-remote https://huggingface\.co/somebody/something"):
        require_pinned([item])
    require_pinned([item.model_copy(update={"revision": COMMIT})])


def test_a_source_is_a_folder_a_name_on_the_hub_or_refused(folder: Path) -> None:
    item = entry("mine", Settings(catalogue_dir=folder))
    assert local_folder(item) is None
    assert local_folder(entry("vlm", Settings())) == weights.SHIPPED / "vlm"
    (folder / "config.json").write_text("{}")
    assert local_folder(item.model_copy(update={"source": str(folder)})) == folder
    with pytest.raises(Unavailable):
        local_folder(item.model_copy(update={"source": str(folder / "nowhere")}))


def test_gated_models_are_refused_together_until_their_terms_are_recorded() -> None:
    settings = Settings()
    entries = served(load_profile("gpu-80gb-medgemma", settings), settings)
    with pytest.raises(ServingRefused) as refused:
        require_accepted(entries, settings)
    said = str(refused.value)
    assert "https://developers.google.com/health-ai-developer-foundations/terms" in said
    assert "https://huggingface.co/google/medgemma-1.5-4b-it" in said
    assert said.endswith('accepted_terms = ["medsiglip-448", "medgemma-1.5-4b"]')
    with pytest.raises(ServingRefused, match=r'\["medgemma-1.5-4b", "medsiglip-448"\]'):
        require_accepted(entries, Settings(accepted_terms=("medgemma-1.5-4b",)))
    require_accepted(entries, Settings(accepted_terms=("medgemma-1.5-4b", "medsiglip-448")))


def test_a_non_commercial_model_wants_its_terms_recorded_too() -> None:
    with pytest.raises(ServingRefused, match="not for commercial use"):
        require_accepted([entry("blip2-opt-2.7b", Settings())], Settings())


def test_a_model_that_a_cpu_would_serve_as_another_is_refused_before_anything_starts(tmp_path: Path) -> None:
    settings = Settings(
        home=tmp_path,
        profile="gpu-80gb-medgemma",
        accepted_terms=("medgemma-1.5-4b", "medsiglip-448"),
        serving=Serving(device="cpu"),
    )
    with pytest.raises(ServingRefused, match=r"'medgemma-1.5-4b' \(gemma3\) gives other answers on vLLM's CPU engine"):
        run_preflight(settings, None)
    assert not list(tmp_path.iterdir())
