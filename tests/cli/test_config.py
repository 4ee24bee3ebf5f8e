"""Settings: where each value comes from, and what is refused."""

from pathlib import Path

import pytest

from overread.settings import tell_misspelt
from overread.testing.phantoms import sample_recipe, write_study


def _origins(rows: list[dict[str, str]]) -> dict[str, str]:
    return {row["key"]: row["origin"] for row in rows}


def test_each_value_names_its_origin_and_the_highest_wins(
    overread, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Path("overread.toml").write_text("tool_seconds = 11\nverify_rounds = 3\n[limits]\nfiles = 5\n")
    monkeypatch.setenv("OVERREAD_TOOL_SECONDS", "22")
    said = overread("-c", "tool_seconds=33", "-c", "limits.pixels=1000", "config", "--json")
    values = {row["key"]: row["value"] for row in said.json}
    assert (values["tool_seconds"], values["verify_rounds"]) == (33, 3)
    assert (values["limits.files"], values["limits.pixels"]) == (5, 1000)
    origins = _origins(said.json)
    assert origins["tool_seconds"] == "option -c"
    assert origins["limits.pixels"] == "option -c"
    assert origins["verify_rounds"] == origins["limits.files"] == "file overread.toml"
    assert origins["home"] == "env"
    assert origins["app_port"] == "default"


@pytest.mark.parametrize(
    "pair",
    [
        "nonsense=1",
        "limits.nonsense=1",
        "tool_seconds=-1",
        "no_equals",
        "=1",
        "a..b=1",
        "page_url=page.site",
        'tool_seconds_by_name={"vqa": 0}',
    ],
)
def test_a_wrong_setting_is_bad_usage(overread, pair: str) -> None:
    said = overread("-c", pair, "config")
    assert (said.code, said.out) == (2, "")
    assert len(said.err.splitlines()) == 1


def test_a_deadline_of_a_tool_that_there_is_none_of_is_told(overread, tmp_path: Path) -> None:
    write_study(tmp_path / "study", sample_recipe(3, view="PA", flipped=False), size=256)
    said = overread("-c", 'tool_seconds_by_name={"classificaton": 5}', "read", tmp_path / "study")
    assert said.code == 2
    assert "classificaton" in said.err
    assert "classification," in said.err
    assert overread("-c", 'tool_seconds_by_name={"classification": 50}', "read", tmp_path / "study").code == 0


def test_an_unknown_key_in_the_file_is_refused(overread) -> None:
    Path("overread.toml").write_text("colour = 'blue'\n")
    assert "colour" in overread("config").err


@pytest.mark.parametrize(("given", "word"), [("on", "on"), ("off", "off"), ("'on'", "on")])
def test_on_and_off_are_words_though_yaml_reads_them_as_truth(overread, given: str, word: str) -> None:
    said = overread("-c", f"dictation={given}", "-c", "second_reader=off", "config")
    assert said.code == 0
    assert [line.split()[1] for line in said.out.splitlines() if line.startswith("dictation ")] == [word]


@pytest.mark.parametrize("content", [b'home = "x\n', b'home = "\xff"\n'])
def test_a_file_of_settings_that_is_no_toml_is_named(overread, content: bytes) -> None:
    Path("overread.toml").write_bytes(content)
    said = overread("config")
    assert said.code == 2
    assert said.err.startswith("overread: overread.toml of the working folder cannot be read: ")


def test_an_empty_home_is_refused_and_nothing_is_kept_in_the_working_folder(
    overread, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OVERREAD_HOME", "")
    said = overread("status")
    assert (said.code, said.err.startswith("overread: setting 'home': it is empty")) == (2, True)
    assert not Path("cases.sqlite").exists()


def test_a_list_in_the_environment_that_is_no_json_is_named(overread, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OVERREAD_DELIVER_TO", "archive")
    said = overread("config")
    assert (said.code, "OVERREAD_DELIVER_TO" in said.err, "archive" in said.err) == (2, True, False)


@pytest.mark.parametrize(("given", "meant"), [("limits.file", "limits.files"), ("homee", "home")])
def test_a_setting_that_is_not_there_is_told_with_the_one_that_may_be_meant(overread, given: str, meant: str) -> None:
    assert f"there is no setting '{given}'; is '{meant}' meant?" in overread("-c", f"{given}=1", "config").err


@pytest.mark.parametrize(
    ("given", "meant"),
    [("OVERREAD_SIGNIN", "OVERREAD_SIGN_IN"), ("OVERREAD_LIMITS_FILES", "OVERREAD_LIMITS__FILES")],
)
def test_a_variable_that_looks_like_a_setting_is_told_as_one_that_does_nothing(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, given: str, meant: str
) -> None:
    monkeypatch.setenv(given, "accounts")
    monkeypatch.setenv("OVERREAD_SERVICE_HOST", "10.0.0.1")
    monkeypatch.setenv("OVERREAD_SIGN_IN", "accounts")
    tell_misspelt()
    assert caplog.messages == [f"{given} is no setting and does nothing; is {meant} meant?"]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"describe: x\ntools: [header]\ntoolz: [x]\n", "is not valid: toolz: "),
        (b"describe: x\ntools: [header]\nroles: {report: {backend: vllm}}\n", "is not valid: roles.report.model: "),
        (b"- 1\n", "is not valid: it must map names to values"),
        (b"describe: x\ntools: [\n", "is no YAML, line 3"),
        (b"\xff", "is no YAML"),
    ],
)
def test_a_profile_that_is_not_valid_says_where(overread, home: Path, content: bytes, said: str) -> None:
    Path("site.yaml").write_bytes(content)
    told = overread("-c", "profiles_dir=.", "-c", "profile=site", "protocols")
    assert (told.code, said in told.err) == (2, True)
