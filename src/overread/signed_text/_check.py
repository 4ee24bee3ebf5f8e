"""Run every rule over a signed report. The signature stands whatever comes of it."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from overread import plugins
from overread.records import CaseFile, SignedCheck, SignedNotice
from overread.signed_text._signed import Signed, SignedRule


def signed_rules() -> tuple[SignedRule, ...]:
    """Build every rule of the folder, by name."""
    return tuple(plugins.builder("signed_text", name)() for name in plugins.names("signed_text"))


def is_of(check: SignedCheck, file: CaseFile) -> bool:
    """Tell whether a check read the words that a report has now: an amended one, or one added to, is read anew."""
    newest = _read(file)
    return check.text_digest == newest or (check.text_digest is None and len(file.versions) < 2)


def _read(file: CaseFile) -> str | None:
    """Name the version whose words stand, an addendum's among them."""
    return next((item.text_digest for item in reversed(file.versions) if not item.preliminary), None)


def check_signed(file: CaseFile, rules: Sequence[SignedRule], at: datetime) -> SignedCheck | None:
    """Give what the rules notice about a signed report; None for a case without one. Raises nothing.

    A rule that fails gives the notice `not_checked` with the type of what it raised: silence would read as "all well".
    """
    if file.final is None:
        return None
    signed = Signed(file)
    return SignedCheck(
        at=at,
        review_digest=file.final.review_digest,
        text_digest=_read(file),
        rules_run=tuple(rule.id for rule in rules),
        notices=tuple(dict.fromkeys(notice for rule in rules for notice in _noticed(rule, signed))),
    )


def _noticed(rule: SignedRule, signed: Signed) -> Iterator[SignedNotice]:
    try:
        yield from tuple(rule.check(signed))
    except Exception as error:  # noqa: BLE001 what is signed is signed; only the type is told, the text may hold a patient's data
        yield SignedNotice(
            kind="not_checked",
            message=f"The rule {rule.id} stopped with {type(error).__name__}; what it looks for was not looked for.",
        )
