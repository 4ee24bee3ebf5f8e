from pathlib import Path

import pytest

from overread.agents._styles import load_style, shipped
from overread.errors import SettingsError

PLAIN = (Path(__file__).parents[2] / "agents" / "styles" / "plain.yaml").read_text()


def own(folder: Path, old: str, new: str) -> str:
    assert old in PLAIN
    path = folder / "own.yaml"
    path.write_text(PLAIN.replace(old, new))
    return str(path)


@pytest.mark.parametrize("name", shipped())
def test_a_style_that_ships_is_read_back_as_it_is_meant(name: str) -> None:
    assert load_style(name).name == name


def test_the_structured_style_says_item_by_item_and_begins_with_the_impression() -> None:
    style = load_style("structured")
    assert style.says("present", "Pleural Effusion", "left") == "Left pleural effusion: present"
    assert style.denies(["Pneumothorax", "Pleural Effusion"]) == "Pneumothorax: none; pleural effusion: none"
    assert [section for section, _ in style.headings][:3] == ["indication", "impression", "findings"]


def test_a_style_of_ones_own_may_name_and_order_sections(tmp_path: Path) -> None:
    style = load_style(own(tmp_path, "heading: Impression", "heading: Conclusion"))
    assert dict(style.headings)["impression"] == "Conclusion"


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ('"No {nouns}"', '"Nothing of note about {nouns}"', "not read back"),
        ('"Possible {finding}"', '"Definite {finding}"', "not read back"),
        ("The heart size is normal", "The heart is large", "not read back"),
        ('"There {is} {a_finding}"', '"There is something"', "it takes"),
        ('"There {is} {a_finding}"', '"There {is} {a_finding} {age}"', "it takes"),
        ("  - {section: limitations, heading: Limitations}\n", "", "each section once"),
        ("language: en", "language: de", "of the language 'de'"),
        ("describe:", "colour: red\ndescribe:", "colour"),
        ("sections:", "sections: [", "cannot be read"),
    ],
)
def test_a_style_that_may_not_be_used_is_refused_in_one_line(tmp_path: Path, old: str, new: str, says: str) -> None:
    with pytest.raises(SettingsError, match=says) as refused:
        load_style(own(tmp_path, old, new))
    assert "\n" not in str(refused.value)


def test_a_language_that_nobody_could_check_is_refused() -> None:
    with pytest.raises(SettingsError, match="labeler that reads English"):
        load_style("plain", "de")


def test_an_unknown_style_names_those_there_are() -> None:
    with pytest.raises(SettingsError, match="plain, structured"):
        load_style("fancy")
