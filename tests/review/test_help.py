"""The help page, and the one table of keys behind it."""

import re
from collections import Counter
from importlib.resources import files
from pathlib import Path

import httpx
import pytest

from overread.review.help import MEANINGS
from overread.review.keys import KEYS, PLACES, keys_at
from overread.review.worklist_page import STATUS_WORDS
from tests.review.conftest import Visits
from tests.review.stage import Stage
from tests.review.test_accessibility import violations

STATIC = Path(str(files("overread.review"))) / "static"
NAMED = {"↓": "ArrowDown", "↑": "ArrowUp", "→": "ArrowRight", "←": "ArrowLeft", "Esc": "Escape", "\\": "\\\\"}
OWN = {"Enter"}
"""Keys that the browser itself has for buttons and links."""
TOGETHER = {"everywhere": ("worklist", "case", "image"), "case": ("image",)}


def test_every_key_of_the_table_is_one_that_a_script_knows() -> None:
    scripts = "\n".join(path.read_text(encoding="utf-8") for path in STATIC.glob("*.js"))
    for key in KEYS:
        for one in set(key.keys) - OWN - {"…"}:
            name = re.escape(NAMED.get(one, one))
            assert re.search(rf"\"{name}\"|\b{name}: |\[{name}\]", scripts), one


def test_no_key_means_two_things_in_one_place() -> None:
    for place, words in PLACES:
        here = [key for key in KEYS if place in (key.place, *TOGETHER.get(key.place, ())) and not key.how]
        often = Counter(one for key in here for one in key.keys)
        assert not [one for one, count in often.items() if count > 1], words
    assert sum(len(group) for _, group in keys_at(*(place for place, _ in PLACES))) == len(KEYS)


def test_every_state_of_the_worklist_is_explained() -> None:
    assert set(MEANINGS) == set(STATUS_WORDS)


def test_it_is_for_who_is_signed_in_and_of_no_case(stage: Stage) -> None:
    file = stage.case()
    assert httpx.get(f"{stage.address}/help").status_code == 401
    with stage.visitor() as client:
        text = client.get("/help").raise_for_status().text
    assert all(words in text for words in STATUS_WORDS.values())
    assert all(key.what in text for key in KEYS if "&" not in key.what)
    assert file.case_id not in text


@pytest.mark.browser
def test_it_opens_from_the_list_and_the_keys_open_by_key(stage: Stage, visit: Visits) -> None:
    page = visit()
    page.keyboard.press("?")
    page.wait_for_selector("#help[open]")
    assert page.locator("#help tr").count() == sum(len(keys) for _, keys in keys_at("everywhere", "worklist"))
    assert violations(page) == []
    page.keyboard.press("Escape")
    page.click(".topbar >> text=Help")
    page.wait_for_selector("h1:has-text('Help')")
    for theme in ("dark", "light"):
        page.evaluate("(theme) => document.documentElement.dataset.theme = theme", theme)
        assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
