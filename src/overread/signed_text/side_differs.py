"""The signed findings put something on one side, the signed impression on the other."""

from collections.abc import Iterable

from overread.records import CaseFile, SignedNotice
from overread.rules.laterality import LateralityRule
from overread.signed_text._examples import signed_file
from overread.signed_text._signed import Signed, SignedRule


class SideDiffers:
    """Runs the rule `laterality` over the signed sentences: its two voices are findings and impression."""

    id = "side_differs"
    describe = "A finding is on the left in the findings and on the right in the impression, or the other way round."

    def check(self, signed: Signed) -> Iterable[SignedNotice]:
        """Give a notice for each label whose side differs; who names both sides agrees with either."""
        for conflict in LateralityRule().check(signed.text_case, (), signed.index):
            sentences = signed.behind(conflict)
            last = "addendum" if sentences[-1].addendum else "impression"
            message = f"{conflict.label}: the findings and the {last} name different sides."
            cited = [identity for sentence in sentences for identity in sentence.citations]
            yield signed.notice(self.id, message, sentences[-1], cited)


def build() -> SignedRule:
    """Give the rule."""
    return SideDiffers()


def bad_example() -> CaseFile:
    """Left above, right below."""
    return signed_file(["There is a left pleural effusion."], ["Right pleural effusion."])


def good_example() -> CaseFile:
    """Left in both."""
    return signed_file(["There is a left pleural effusion."], ["Left pleural effusion."])
