"""Languages of the interface: one catalogue for templates, scripts and code, whole, chosen by reader or browser."""

import re
import runpy
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path

import httpx
import pytest
from babel.messages.pofile import read_po
from jinja2 import nodes

from overread.composition import open_room
from overread.errors import StaleReview, UsageError
from overread.outputs.signature_text import MEANINGS
from overread.review import LinkAccess, create_app
from overread.review.language import COOKIE, Languages, gettext, language, languages, ngettext, speaking
from overread.review.refusals import refusal_words
from tests.graphs.rooms import TRUST, scripted_tools, settings
from tests.review.stage import SHOW_LIST, post_event, served

SCRIPT = runpy.run_path(str(Path(__file__).parents[2] / "scripts" / "translations.py"))
KNOWN = languages()
OTHERS = KNOWN.names[1:]
PLACEHOLDER = re.compile(r"%\((\w+)\)s|\{([a-z_]+)\}|</?(\w+)")
WORD = re.compile(r"[A-Za-zÄÖÜäöü]{2,}")
TOLD = re.compile(r'\b(?:title|aria-label|placeholder|alt)="([^"]*)"')
MARKUP = re.compile(r"<(script|style|code|kbd)\b.*?</\1>|<[^>]*>", re.DOTALL)
SAME = {"Overread", "STAT", "urgent", "routine", "ID", "UTC", "Is", "there", "left", "pleural", "effusion"}
"""What stands in no catalogue: the product, priorities as orders have them, and a question that has to be English."""
STRING = re.compile(r'//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\])*"|`', re.DOTALL)
SAYING = re.compile(r"gettext(?:_noop)?\(\s*(?:\"(?:[^\"]*)\",\s*)?$")
UNSAID = re.compile(
    r"(?:[a-z-]+/)+[\w*.-]+|image/[a-z]+"  # kinds of content
    r"|[.\w#\[\]=()*~^$>:\"'-]*[\[#.:=>(][^A-Z]*"  # selectors, addresses, markup
    r"|[A-Za-z]+(?:[A-Z][a-z]+)+|[A-Z]+|Enter|Escape|Delete"  # names of keys, events, verbs of HTTP
    r"|[\d\s]*px system-ui, sans-serif"
    r"|[a-z_-]+(?:,? [a-z_-]+)*"  # classes, lists of names
)
"""Strings of scripts that nobody reads."""


@pytest.mark.parametrize("name", OTHERS)
def test_every_message_is_translated_and_keeps_its_places(name: str) -> None:
    with SCRIPT["catalogue_of"](name).open("rb") as file:
        catalogue = read_po(file, locale=name)
    said = {message.id for message in SCRIPT["messages"]() if message.id}
    assert {message.id for message in catalogue if message.id} == said, "run scripts/translations.py"
    with speaking(KNOWN.speech(name)):
        for message in catalogue:
            if not message.id:
                continue
            strings = SCRIPT["strings_of"](message)
            assert all(strings), message.id
            first = message.id if isinstance(message.id, str) else message.id[0]
            for string in strings:
                assert sorted(PLACEHOLDER.findall(string)) == sorted(PLACEHOLDER.findall(first)), message.id
                assert set(re.findall(r"\{\d\}", string)) <= set(re.findall(r"\{\d\}", first)), message.id
            if isinstance(message.id, str):
                assert gettext(message.id) == strings[0]
            else:
                assert [ngettext(*message.id, number) for number in (1, 2)] == list(strings)


@pytest.mark.parametrize("path", SCRIPT["TEMPLATES"], ids=lambda path: path.name)
def test_no_word_of_a_template_is_left_out(path: Path) -> None:
    tree = SCRIPT["translating"]().parse(path.read_text(encoding="utf-8"))
    outside = "".join(data.data for data in tree.find_all(nodes.TemplateData))
    words = WORD.findall(MARKUP.sub(" ", outside)) + WORD.findall(" ".join(TOLD.findall(outside)))
    assert set(words) <= SAME
    shown = [
        one for output in tree.find_all(nodes.Output) for one in output.nodes if not isinstance(one, nodes.TemplateData)
    ]
    bare = [text.value for one in shown for text in _bare(one) if isinstance(text.value, str) and _reads(text.value)]
    assert bare == []


def _bare(node: nodes.Node) -> list[nodes.Const]:
    """Give the strings that an expression may show as they are: no argument, no place of a table, no comparison."""
    if isinstance(node, nodes.Const):
        return [node]
    if isinstance(node, nodes.CondExpr):
        return [*_bare(node.expr1), *(_bare(node.expr2) if node.expr2 else [])]
    if isinstance(node, nodes.Add | nodes.Or):
        return [*_bare(node.left), *_bare(node.right)]
    if isinstance(node, nodes.Concat):
        return [found for part in node.nodes for found in _bare(part)]
    return []


def _reads(text: str) -> bool:
    words = WORD.findall(re.sub(r"\b[\w-]+=\S*", "", MARKUP.sub(" ", text)))
    return bool(set(words) - SAME) and not re.fullmatch(r" ?[a-z0-9-]+", text)


@pytest.mark.parametrize("path", SCRIPT["SCRIPTS"], ids=lambda path: path.name)
def test_no_sentence_of_a_script_is_left_out(path: Path) -> None:
    assert [text for text, said in _strings(path.read_text(encoding="utf-8")) if not said and _sentence(text)] == []


def _strings(source: str) -> Iterator[tuple[str, bool]]:
    """Give each string of a script without what is put into it, and whether it is said by the catalogue."""
    at = 0
    while found := STRING.search(source, at):
        at = found.end()
        if found[0] == "`":
            text, inside, at = _template(source, at)
            yield text, False
            for part in inside:
                yield from _strings(part)
        elif found[0].startswith('"'):
            yield found[0][1:-1], bool(SAYING.search(source[: found.start()]))


def _template(source: str, at: int) -> tuple[str, list[str], int]:
    """Read a template string from behind its first backtick: its words, what is put into it, and where it ends."""
    words, inside = "", []
    while source[at] != "`":
        if source.startswith("${", at):
            begin, depth, at = at + 2, 1, at + 2
            while depth:
                if source[at] == "`":
                    at = _template(source, at + 1)[2] - 1
                depth += {"{": 1, "}": -1}.get(source[at], 0)
                at += 1
            inside.append(source[begin : at - 1])
            words += " "
        else:
            words += source[at]
            at += 1
    return words, inside, at + 1


def _sentence(text: str) -> bool:
    """Tell words for people from those for machines: a capital at the start, or two words beside each other."""
    words = MARKUP.sub(" ", text).strip()
    told = bool(re.match(r"[A-Z][a-z]+", words) or re.search(r"[A-Za-z]{2,},? [a-z]{2,}", words))
    return told and not UNSAID.fullmatch(words)


def test_the_checks_find_what_was_left_out(tmp_path: Path) -> None:
    template = tmp_path / "one.html.jinja"
    template.write_text('<p title="{{ _(\'Fit\') }}">{{ _("Draft") }} {{ "Not said" if x else "" }}</p><b>Bare</b>')
    with pytest.raises(AssertionError, match="Bare"):
        test_no_word_of_a_template_is_left_out(template)
    template.write_text('{{ "Not said" if x else _("Draft") }}')
    with pytest.raises(AssertionError, match="Not said"):
        test_no_word_of_a_template_is_left_out(template)
    script = tmp_path / "one.js"
    script.write_text("say(`Not done: ${error}.`); gettext('Done'); find('tr.row button');")
    with pytest.raises(AssertionError, match="Not done"):
        test_no_sentence_of_a_script_is_left_out(script)


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
    assert KNOWN.chosen("auto", headers).name == spoken
    assert KNOWN.chosen("en", headers).name == "en"
    assert KNOWN.chosen("de", headers).name == "de"


def test_what_the_reader_chose_comes_before_the_setting() -> None:
    assert KNOWN.chosen("en", {"cookie": f"overread=x; {COOKIE}=de"}).name == "de"
    assert KNOWN.chosen("de", {"cookie": f"{COOKIE}=en"}).name == "en"
    assert KNOWN.chosen("de", {"cookie": f"{COOKIE}=../../etc"}).name == "de"
    with pytest.raises(UsageError, match="no catalogue for the language 'xx'"):
        KNOWN.chosen("xx", {})


def test_a_language_ends_with_its_block() -> None:
    with speaking(KNOWN.speech("de")):
        assert language() == "de"
        assert gettext("never said before") == "never said before"
        assert gettext("") == ""
    assert language() == "en"


def test_figures_and_days_are_written_as_the_language_has_them() -> None:
    german, english = KNOWN.speech("de"), KNOWN.speech("en")
    assert (german.number(0.5, 2), english.number(0.5, 2)) == ("0,50", "0.50")
    assert (german.figures(0.4567), german.counted(12345)) == ("0,457", "12.345")
    assert (german.day(date(2026, 12, 1)), english.day(date(2026, 12, 1))) == ("01.12.2026", "2026-12-01")


def test_a_refusal_is_said_with_what_it_is_about() -> None:
    error = StaleReview("the draft of case c-00 changed since it was shown; open it again")
    assert refusal_words(error) == f"{error}"
    with speaking(KNOWN.speech("de")):
        assert refusal_words(error).startswith("der Entwurf von Fall c-00 hat sich geändert")
        assert refusal_words(UsageError("say to whom")) == "sagen Sie, an wen"
        assert refusal_words(UsageError("a thing of a plug-in")) == "a thing of a plug-in"


def test_a_script_is_told_the_plural_forms_of_any_language(tmp_path: Path) -> None:
    path = tmp_path / "pl" / "LC_MESSAGES" / "overread.po"
    path.parent.mkdir(parents=True)
    rule = "nplurals=3; plural=(n==1 ? 0 : n%10>=2 && n%10<=4 && (n%100<12 || n%100>14) ? 1 : 2);"
    path.write_text(f'msgid ""\nmsgstr "Content-Type: text/plain; charset=utf-8\\nPlural-Forms: {rule}\\n"\n')
    forms = Languages(tmp_path).speech("pl").plural_forms()  # type: ignore[attr-defined]
    assert [forms[number] for number in (0, 1, 2, 5, 12, 22, 111, 122)] == [2, 0, 1, 2, 2, 1, 2, 1]


def test_a_page_of_a_language_that_is_not_here_does_not_start(tmp_path: Path) -> None:
    with (
        open_room(settings(tmp_path, language="xx"), tools=scripted_tools(), trust=TRUST) as room,
        pytest.raises(UsageError, match="no catalogue for the language 'xx'; there are: en, de"),
    ):
        create_app(room, LinkAccess())


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
        assert "Auswertung" in client.get("/stats").text
        english = client.get("/help", headers={"accept-language": "fr"}).text
        assert "How a case is read here" in english
        assert '<html lang="en">' in english
        rows = client.post("/call/list_rows", json={"query": {}}).raise_for_status().json()
        assert "Noch kein Fall" in rows["parts"]["table"]
        refused = client.post("/call/assign", json={"action": "assign", "cases": [["c-" + "0" * 16, None]]})
        assert refused.json()["error"] == "sagen Sie, an wen"
        words = client.get("/words").json()
        assert words["language"] == "de"
        assert words["messages"]["Sign this report"] == "Diesen Bericht vidieren"
        with httpx.Client(base_url=address) as stranger:
            assert stranger.get("/words").status_code == 401


def test_what_is_signed_is_english_whatever_is_spoken() -> None:
    from overread.outputs.signature_text import signed_words

    with speaking(KNOWN.speech("de")):
        assert MEANINGS["authorship"] == "I have read the images and this is my report"
        assert "Signed by" in signed_words("X", datetime(2026, 1, 1))
