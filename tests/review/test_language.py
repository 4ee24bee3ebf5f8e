"""Two languages of the interface: whole where they are said to be, chosen by setting or browser, never in a report."""

import re
import runpy
from pathlib import Path

import httpx
import pytest
from babel.messages.pofile import read_po

from overread.composition import open_room
from overread.review import LinkAccess, create_app
from overread.review.language import LANGUAGES, chosen, gettext, language, ngettext, speaking
from tests.graphs.rooms import TRUST, scripted_tools, settings
from tests.review.stage import SHOW_LIST, post_event, served

SCRIPT = runpy.run_path(str(Path(__file__).parents[2] / "scripts" / "translations.py"))
OTHERS = LANGUAGES[1:]
PLACEHOLDER = re.compile(r"%\((\w+)\)s|</?(\w+)>")
SPOKEN = re.compile(r"[A-Za-zÄÖÜäöü]{2,}")
NAMES = {"Overread", "STAT", "urgent", "routine"}
"""What is the same in every language: the product, and priorities as orders have them."""


@pytest.mark.parametrize("name", OTHERS)
def test_every_message_is_translated_and_the_files_agree(name: str) -> None:
    path = SCRIPT["catalogue_of"](name)
    with path.open("rb") as file:
        catalogue = read_po(file, locale=name)
    said = {message.id for message in SCRIPT["messages"]() if message.id}
    assert {message.id for message in catalogue if message.id} == said, "run scripts/translations.py"
    with speaking(name):
        for message in catalogue:
            if not message.id:
                continue
            strings = SCRIPT["strings_of"](message)
            assert all(strings), message.id
            first = message.id if isinstance(message.id, str) else message.id[0]
            for string in strings:
                assert sorted(PLACEHOLDER.findall(string)) == sorted(PLACEHOLDER.findall(first)), message.id
            if isinstance(message.id, str):
                assert gettext(message.id) == strings[0]
            else:
                assert [ngettext(*message.id, number) for number in (1, 2)] == list(strings)


@pytest.mark.parametrize("name", SCRIPT["TRANSLATED"])
def test_no_word_of_a_translated_template_is_left_out(name: str) -> None:
    text = (SCRIPT["TEMPLATES"] / f"{name}.html.jinja").read_text(encoding="utf-8")
    text = re.sub(r"\{% trans.*?endtrans %\}|<(script|style|code|kbd)\b.*?</\1>", "", text, flags=re.DOTALL)
    text = re.sub(r"\{\{.*?\}\}|\{%.*?%\}", "", text, flags=re.DOTALL)
    told = re.findall(r'\b(?:title|aria-label|placeholder|alt)="([^"]*)"', text)
    text = re.sub(r"<[^>]*>", " ", text, flags=re.DOTALL)
    assert set(SPOKEN.findall(" ".join([text, *told]))) <= NAMES


@pytest.mark.parametrize(
    ("asked", "spoken"),
    [
        ("de-AT,de;q=0.9,en;q=0.8", "de"),
        ("fr, en;q=0.5, de;q=0.4", "en"),
        ("en;q=0.1,de;q=0.2", "de"),
        ("de;q=0", "en"),
        ("", "en"),
        ("de;q=x", "en"),
    ],
)
def test_the_browser_is_asked_only_where_the_setting_says_so(asked: str, spoken: str) -> None:
    headers = {"accept-language": asked}
    assert chosen("auto", headers) == spoken
    assert chosen("en", headers) == "en"
    assert chosen("de", headers) == "de"


def test_a_language_ends_with_its_block() -> None:
    with speaking("de"):
        assert language() == "de"
        assert gettext("never said before") == "never said before"
    assert language() == "en"


def test_the_page_speaks_as_the_browser_asks(tmp_path: Path) -> None:
    access = LinkAccess()
    with (
        open_room(settings(tmp_path, language="auto"), tools=scripted_tools(), trust=TRUST) as room,
        served(create_app(room, access)) as address,
        httpx.Client(base_url=address, timeout=60, headers={"accept-language": "de"}) as client,
    ):
        client.get(f"/enter?token={access.link()}").raise_for_status()
        html = post_event(client, "s", SHOW_LIST, {})["html"]
        assert 'lang="de"' in html
        assert "Mit einem Phantom versuchen" in html
        assert "Wie ein Fall hier befundet wird" in client.get("/help").text
        english = client.get("/help", headers={"accept-language": "fr"}).text
        assert "How a case is read here" in english
        assert '<html lang="en">' in english
        rows = client.post("/call/list_rows", json={"query": {}}).raise_for_status().json()
        assert "Noch kein Fall" in rows["parts"]["table"]
