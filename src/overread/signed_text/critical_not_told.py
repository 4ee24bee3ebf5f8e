"""A critical finding in the signed text that nobody is on record to have been told."""

from collections.abc import Iterable

from overread.reasoning.alerts import URGENT, WITHIN
from overread.reasoning.vocabulary import TERMS
from overread.records import Alert, Assertion, CaseFile, SignedNotice
from overread.signed_text._examples import alert, signed_file
from overread.signed_text._signed import Signed, SignedRule, SignedSentence


class CriticalNotTold:
    """Holds the critical labels that the text names against the alerts that were acknowledged."""

    id = "critical_not_told"
    describe = "The report names a critical finding, and no alert of it was acknowledged."

    def check(self, signed: Signed) -> Iterable[SignedNotice]:
        """Give one notice for each critical label and side, at the first sentence that names it.

        A possible finding counts in category 1 only, as it does for alerts. An alert without a side covers both, and a
        mention without one is covered by either.
        """
        alerts, told = signed.file.alerts, set[tuple[str, str | None]]()
        for sentence in signed.sentences:
            for said in sentence.assertions:
                if not _is_critical(said) or (said.label, said.laterality) in told:
                    continue
                told.add((said.label, said.laterality))
                about = [each for each in alerts if _covers(each, said)]
                if not any(each.acknowledged for each in about):
                    yield self._notice(signed, sentence, said, about)

    def _notice(self, signed: Signed, sentence: SignedSentence, said: Assertion, about: list[Alert]) -> SignedNotice:
        category = TERMS[said.label].critical or 1
        why = "its alert was not acknowledged" if about else "no alert of it was raised"
        side = f" on the {said.laterality}" if said.laterality in ("left", "right") else ""
        message = (
            f"{said.label}{side} is a critical result of category {category}, to be told within {WITHIN[category]}; "
            f"when this was signed {why}."
        )
        cited = [identity for each in about for identity in each.evidence_ids]
        return signed.notice(self.id, message, sentence, cited)


def build() -> SignedRule:
    """Give the rule."""
    return CriticalNotTold()


def bad_example() -> CaseFile:
    """A pneumothorax whose alert nobody acknowledged."""
    return signed_file(["There is a left pneumothorax."], alerts=[alert("Pneumothorax", 1, "left")])


def good_example() -> CaseFile:
    """The same, acknowledged."""
    return signed_file(["There is a left pneumothorax."], alerts=[alert("Pneumothorax", 1, "left", acknowledged=True)])


def _is_critical(said: Assertion) -> bool:
    category = TERMS[said.label].critical
    return category is not None and (said.status == "present" or (said.status == "uncertain" and category == URGENT))


def _covers(each: Alert, said: Assertion) -> bool:
    sides = {each.laterality, said.laterality}
    return each.label == said.label and (len(sides) == 1 or not sides.isdisjoint({None, "bilateral"}))
