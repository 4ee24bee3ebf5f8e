"""An embedded model under another name, measured on real radiographs: its figures are sane and a profile uses them."""

import json
import shutil
from pathlib import Path

import pytest

from tests.needs import require

require("torch")

from overread import weights
from overread.cataloguing.adding import Asked, look_at
from overread.cataloguing.licences import Given
from overread.cataloguing.own_entries import write_entry
from overread.composition import trust_in
from overread.measuring.card import write_card
from overread.measuring.film import Wanted
from overread.measuring.model import Order, measure
from overread.settings import Settings, load_profile

SOURCE = "nih-cxr14"


@pytest.mark.slow
@pytest.mark.data
def test_a_copy_of_the_embedded_clip_is_measured_and_then_trusted_as_measured(data: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(weights.SHIPPED / "clip", tmp_path / "copy")
    profiles = tmp_path / "profiles"
    profiles.mkdir()
    roles = {"classification": {"backend": "transformers", "model": "theirs"}}
    (profiles / "mine.yaml").write_text(json.dumps({"describe": "d", "tools": [], "roles": roles}))
    settings = Settings(home=tmp_path / "home", profiles_dir=profiles, torch_threads=1)
    terms = Given("Apache-2.0", "https://www.apache.org/licenses/LICENSE-2.0")
    write_entry(look_at(Asked("theirs", str(folder), licence=terms)).entry, settings.own_catalogue)
    profile = load_profile("mine", settings)
    assert ("classification", "No Finding") not in trust_in(profile, settings).on_films

    order = Order("theirs", data / "cxr", Wanted(source=SOURCE, limit=60))
    card = measure(order, settings, lambda *_: None)
    write_card(card, settings.own_catalogue / "theirs")

    entry = card["trust"]["classification"]["No Finding"]
    assert 0.65 < entry["auroc"] <= 1.0
    assert min(entry["positive"], entry["negative"]) >= 10
    assert trust_in(profile, settings).on_films["classification", "No Finding"].figure == entry["balanced_accuracy"]
    (folder / "tokenizer_config.json").write_text("{}")
    assert ("classification", "No Finding") not in trust_in(profile, settings).on_films
