"""Bring the catalogues of the interface up to date: new messages come in empty, old ones go.

A new language: `python scripts/translations.py fr` begins its .po, or copy another's and empty it; fill it in and run
this again. A test holds the messages and the catalogues together.
"""

import ast
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_javascript, extract_python
from babel.messages.pofile import read_po, write_po
from jinja2 import Environment

from overread.escalation.state import WORDS
from overread.outputs.alert_text import HOW
from overread.outputs.progress_text import NODES, VIEWS
from overread.outputs.signature_text import MEANINGS as SIGNATURES
from overread.outputs.signature_text import PRELIMINARY, STATUSES
from overread.review import desk, first_reading, safety, worklist_page
from overread.review.accounts import WRONG
from overread.review.actions.decide import DONE
from overread.review.ask_view import WORTH
from overread.review.case_page import REPORT_FROM
from overread.review.formatting import CERTAINTY
from overread.review.help import MEANINGS
from overread.review.keys import KEYS, MOUSE, PLACES
from overread.review.labels import words as labels
from overread.review.language import FOLDER, PLACE, languages
from overread.review.oidc_access import ASK
from overread.review.rendering import AGES, COLUMNS
from overread.signing import CHANGED

ROOT = Path(str(files("overread")))
TEMPLATES = tuple(
    sorted((*(ROOT / "review/templates").glob("*.jinja"), *(ROOT / "oversight/templates").glob("*.jinja")))
)
"""Every word of theirs is in the catalogue."""
SCRIPTS = tuple(sorted((ROOT / "review/static").glob("*.js")))
COMPOSED = tuple(
    sorted(
        (
            *(ROOT / "review").rglob("*.py"),
            *(ROOT / "outputs" / f"{name}_text.py" for name in ("alert", "progress", "signature", "waiting")),
            ROOT / "escalation/state.py",
            *(ROOT / "oversight" / f"{name}.py" for name in ("charts", "pace", "page", "shares")),
        )
    )
)
"""Modules that compose what the page says."""
CHECKS = (
    *sorted((ROOT / "review").rglob("*.py")),
    *(
        ROOT / name
        for name in (
            "case_runs.py", "critical_results.py", "questioning.py", "reading_room.py", "reasoning/reviewing.py",
            "signing.py", "store/_list_conditions.py", "store/_locks.py", "store/acknowledgements.py",
            "store/assignments.py", "store/cases.py", "store/first_reads.py", "store/marks.py",
            "store/report_versions.py", "waiting.py",
        )
    ),
)  # fmt: skip
"""Modules whose refusals the page tells."""
REFUSALS = ("UsageError", "StaleReview", "CaseBusy", "CaseUnknown", "Refused", "NotVouched", "_turned_away")
"""What they are raised as; the last argument is what is told."""
KEYWORDS: dict[str, Any] = {"gettext": None, "gettext_noop": None, "ngettext": (1, 2)}
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
Said = str | tuple[str, ...]


def messages() -> Catalog:
    """Collect what the templates, the scripts, the modules behind them and their tables say."""
    catalogue = Catalog(creation_date=BEGUN)
    plural: dict[str, Said] = {}
    for said in (*of_templates(), *of_scripts(), *of_modules(), *of_refusals(), *of_tables()):
        first = said if isinstance(said, str) else said[0]
        plural[first] = said if isinstance(said, tuple) else plural.get(first, said)
    for message in plural.values():
        catalogue.add(message)
    return catalogue


def of_templates() -> Iterator[Said]:
    """Give each message of the templates; one with a plural is a pair."""
    environment = translating()
    for path in TEMPLATES:
        source = path.read_text(encoding="utf-8")
        for _, _, said in environment.extract_translations(source):  # type: ignore[attr-defined]
            words = tuple(one for one in (said if isinstance(said, tuple) else (said,)) if one is not None)
            if words:  # of a variable there are none
                yield words if len(words) > 1 else words[0]


def translating() -> Environment:
    """Give an environment that reads the templates as the page does."""
    environment = Environment(extensions=["jinja2.ext.i18n"], trim_blocks=True, lstrip_blocks=True)
    environment.policies["ext.i18n.trimmed"] = True
    environment.newstyle_gettext = True  # type: ignore[attr-defined]
    return environment


def of_scripts() -> Iterator[Said]:
    """Give each message of the page's scripts."""
    for path in SCRIPTS:
        with path.open("rb") as file:
            yield from _told(extract_javascript(file, KEYWORDS, [], {"parse_template_string": True}))


def of_modules() -> Iterator[Said]:
    """Give each message that a module says."""
    for path in COMPOSED:
        with path.open("rb") as file:
            yield from _told(extract_python(file, KEYWORDS, [], {}))


def _told(found: Any) -> Iterator[Said]:
    for _, name, said, _ in found:
        words = tuple(one for one in (said if isinstance(said, tuple | list) else (said,)) if one)
        if name == "ngettext" and len(words) > 1:
            yield words[:2]
        elif words:
            yield words[0]


def of_refusals() -> Iterator[str]:
    """Give the words of each error that the checks raise, with {0}, {1} for what it is about."""
    for path in CHECKS:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and node.args and _called(node.func) in REFUSALS:
                yield from _refusal(node.args[-1])


def _called(function: ast.expr) -> str:
    return str(getattr(function, "id", getattr(function, "attr", "")))


def _refusal(said: ast.expr) -> Iterator[str]:
    if isinstance(said, ast.Constant) and isinstance(said.value, str):
        yield said.value
    if isinstance(said, ast.JoinedStr):
        places = iter(range(10))
        parts = [part.value if isinstance(part, ast.Constant) else f"{{{next(places)}}}" for part in said.values]
        words = "".join(map(str, parts))
        if any(letter.isalpha() for letter in words):
            yield words


def of_tables() -> Iterator[str]:
    """Give the words of tables that are shown by variable."""
    yield from labels()
    for table in (
        AGES, MEANINGS, HOW, NODES, VIEWS, SIGNATURES, STATUSES, WORDS, DONE, WORTH, REPORT_FROM, safety.BANNERS,
        safety.SEXES, worklist_page.STATUS_WORDS, worklist_page.SEXES, worklist_page.TELL_WITHIN,
        worklist_page.HANDOVERS,
    ):  # fmt: skip
        yield from table.values()
    for pairs in (COLUMNS, CERTAINTY, PLACES):
        yield from (words for _, words in pairs)
    yield from (PRELIMINARY, CHANGED, WRONG, ASK, MOUSE, "the image", "not calibrated", "of unknown origin")
    yield from (desk.NOT_ALLOWED, first_reading.HIDDEN, worklist_page.AGAIN)
    for key in KEYS:
        yield key.what
        if key.how:
            yield key.how


def strings_of(message: Message) -> tuple[str, ...]:
    """Give a message's translations: one, or one for each number of things."""
    return tuple(message.string) if isinstance(message.string, tuple | list) else (message.string or "",)


def catalogue_of(language: str) -> Path:
    """Give the place of a language's catalogue."""
    return FOLDER / language / PLACE


def bring_up_to_date(language: str) -> Catalog:
    """Write a language's .po and give the catalogue."""
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
    return catalogue


if __name__ == "__main__":
    for language in sys.argv[1:] or languages().names[1:]:
        missing = [each.id for each in bring_up_to_date(language) if each.id and not all(strings_of(each))]
        for message in missing:
            print(message)
        if missing:
            sys.exit(f"{language}: {len(missing)} messages are not translated")
