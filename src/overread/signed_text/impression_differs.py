"""The signed impression says the opposite of the signed findings."""

from collections.abc import Iterable

from overread.records import CaseFile, SignedNotice
from overread.rules.impression_vs_findings import ImpressionVsFindings
from overread.signed_text._examples import signed_file
from overread.signed_text._signed import Signed, SignedRule


class ImpressionDiffers:
    """Runs the rule `impression_vs_findings` over the signed sentences."""

    id = "impression_differs"
    describe = "The impression denies what the findings state, or states what they deny."

    def check(self, signed: Signed) -> Iterable[SignedNotice]:
        """Give a notice for each label that the two sections contradict each other about."""
        for conflict in ImpressionVsFindings().check(signed.text_case, (), signed.index):
            sentences = signed.behind(conflict)
            last = "addendum" if sentences[-1].addendum else "impression"
            message = f"{conflict.label}: the {last} says the opposite of the findings."
            cited = [identity for sentence in sentences for identity in sentence.citations]
            yield signed.notice(self.id, message, sentences[-1], cited)


def build() -> SignedRule:
    """Give the rule."""
    return ImpressionDiffers()


def bad_example() -> CaseFile:
    """Denied above, stated below."""
    return signed_file(["No pleural effusion."], ["Small pleural effusion."])


def good_example() -> CaseFile:
    """Denied in both."""
    return signed_file(["No pleural effusion."], ["No pleural effusion."])
