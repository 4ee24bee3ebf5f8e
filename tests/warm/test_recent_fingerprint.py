"""The fingerprint that answers are recalled by: a few seconds old at most, and none of a profile that is gone."""

from pathlib import Path

import pytest

from overread.settings import load_settings
from overread.warm.fingerprint import AT_START, FRESH_SECONDS, RecentFingerprint, fingerprint

PROFILE = "name: own\ndescribe: of a test\ntools: [header]\nroles: {}\n"


def test_a_file_that_changes_makes_another_one_after_a_few_seconds(tmp_path: Path) -> None:
    profile, now = tmp_path / "own.yaml", [0.0]
    profile.write_text(PROFILE)
    settings = load_settings(profiles_dir=tmp_path, profile="own", home=tmp_path / "home")
    recent = RecentFingerprint(settings, lambda: now[0])
    before = recent()
    assert before == fingerprint(settings, AT_START)
    profile.write_text(PROFILE.replace("of a test", "of another test"))
    assert recent() == before
    now[0] = FRESH_SECONDS + 1
    assert recent() == fingerprint(settings, AT_START) != before


def test_a_profile_that_is_gone_has_none(tmp_path: Path) -> None:
    profile, now = tmp_path / "own.yaml", [0.0]
    profile.write_text(PROFILE)
    settings = load_settings(profiles_dir=tmp_path, profile="own", home=tmp_path / "home")
    recent = RecentFingerprint(settings, lambda: now[0])
    before = recent()
    profile.unlink()
    now[0] = FRESH_SECONDS + 1
    assert before is not None
    assert recent() is None
    profile.write_text(PROFILE)
    now[0] *= 3
    assert recent() is not None


def test_what_a_library_sets_as_it_is_imported_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = load_settings(profile="scripted", home=tmp_path)
    before = RecentFingerprint(settings)()
    monkeypatch.setenv("TORCHINDUCTOR_CACHE_DIR", "set by torch")
    assert RecentFingerprint(settings)() == before
    assert fingerprint(settings) != before
