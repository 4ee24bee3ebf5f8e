"""Bring the catalogues of the interface up to date: new messages come in empty, old ones go, and the .mo is written.

A new language: add it to `overread.review.language.LANGUAGES`, run this, fill in its .po, run this again. A test holds
messages, .po and .mo together.
"""

import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog, Message
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from jinja2 import Environment

from overread.review.help import MEANINGS
from overread.review.keys import KEYS, MOUSE, PLACES
from overread.review.language import FOLDER, LANGUAGES
from overread.review.rendering import AGES, COLUMNS
from overread.review.worklist_page import STATUS_WORDS

TRANSLATED = (
    "help",
    "keys",
    "progress",
    "sign_in",
    "theme_button",
    "worklist",
    "worklist_counts",
    "worklist_foot",
    "worklist_hidden",
    "worklist_notices",
    "worklist_table",
)
"""Templates whose every word is in the catalogue; the others are English so far."""
ABOUT: dict[str, Any] = {
    "project": "Overread",
    "header_comment": "# Words of the interface. Reports are not translated.",
    "version": "interface",
    "msgid_bugs_address": "see CONTRIBUTING.md",
    "last_translator": "the project",
    "language_team": "the project",
    "charset": "utf-8",
    "fuzzy": False,
}
BEGUN = datetime(2026, 12, 1, tzinfo=UTC)
"""Stands for the dates of the files: two runs write the same."""
TEMPLATES = Path(str(files("overread.review"))) / "templates"


def messages() -> Catalog:
    """Collect what the translated templates and the tables behind them say."""
    catalogue = Catalog(creation_date=BEGUN)
    for message in dict.fromkeys((*of_templates(), *of_tables())):
        catalogue.add(message)
    return catalogue


def of_templates() -> Iterator[str | tuple[str, ...]]:
    """Give each message of the templates; one with a plural is a pair."""
    environment = Environment(extensions=["jinja2.ext.i18n"], trim_blocks=True, lstrip_blocks=True)
    environment.policies["ext.i18n.trimmed"] = True
    environment.newstyle_gettext = True  # type: ignore[attr-defined]
    for name in TRANSLATED:
        source = (TEMPLATES / f"{name}.html.jinja").read_text(encoding="utf-8")
        for _, _, said in environment.extract_translations(source):  # type: ignore[attr-defined]
            words = tuple(one for one in (said if isinstance(said, tuple) else (said,)) if one is not None)
            if words:  # of a variable there are none
                yield words if len(words) > 1 else words[0]


def of_tables() -> Iterator[str]:
    """Give the words of tables that templates show by variable."""
    yield from (words for _, words in COLUMNS)
    yield from AGES.values()
    yield from STATUS_WORDS.values()
    yield from MEANINGS.values()
    yield from (words for _, words in PLACES)
    for key in KEYS:
        yield key.what
        if key.how:
            yield key.how
    yield MOUSE


def strings_of(message: Message) -> tuple[str, ...]:
    """Give a message's translations: one, or one for each number of things."""
    return tuple(message.string) if isinstance(message.string, tuple | list) else (message.string or "",)


def catalogue_of(language: str) -> Path:
    """Give the place of a language's catalogue."""
    return FOLDER / language / "LC_MESSAGES" / "overread.po"


def bring_up_to_date(language: str) -> Catalog:
    """Write a language's .po and .mo and give the catalogue."""
    path = catalogue_of(language)
    path.parent.mkdir(parents=True, exist_ok=True)
    catalogue = Catalog(locale=language, revision_date=BEGUN, **ABOUT)
    if path.exists():
        with path.open("rb") as file:
            for message in read_po(file, locale=language):
                if message.id:
                    catalogue.add(message.id, message.string)
    # Nothing is guessed: what is like an old message is translated anew.
    catalogue.update(messages(), no_fuzzy_matching=True)
    catalogue.obsolete.clear()
    with path.open("wb") as file:
        write_po(file, catalogue, width=120, omit_header=False, sort_output=True, ignore_obsolete=True)
    with path.with_suffix(".mo").open("wb") as file:
        write_mo(file, catalogue)
    return catalogue


if __name__ == "__main__":
    for language in LANGUAGES[1:]:
        missing = [each.id for each in bring_up_to_date(language) if each.id and not all(strings_of(each))]
        for message in missing:
            print(message)
        if missing:
            sys.exit(f"{language}: {len(missing)} messages are not translated")
