"""A signed sentence gives another number than the one that was measured."""

from collections.abc import Iterable

from overread.ports import EvidenceIndex
from overread.records import CaseFile, Measurement, SignedNotice
from overread.rules.hallucinated_measurement import HallucinatedMeasurement
from overread.signed_text._examples import signed_file
from overread.signed_text._signed import Signed, SignedRule


class MeasurementDiffers:
    """Runs the rule `hallucinated_measurement` over the signed sentences and what was measured in this study."""

    id = "measurement_differs"
    describe = "The report gives another number than the tool that measured the same thing."

    def check(self, signed: Signed) -> Iterable[SignedNotice]:
        """Give a notice for each number that a measurement of the same thing does not bear out."""
        study = signed.file.case.study
        measured = [
            item
            for item in signed.file.evidence
            if isinstance(item.payload, Measurement)
            and study.image(item.locator.sop_instance_uid, item.locator.frame) is not None
        ]
        index = EvidenceIndex([*measured, *signed.claims])
        for conflict in HallucinatedMeasurement().check(signed.text_case, (), index):
            (sentence,) = signed.behind(conflict)
            message = "The sentence gives a number; what was measured of the same thing is another value."
            yield signed.notice(self.id, message, sentence, conflict.evidence_ids)


def build() -> SignedRule:
    """Give the rule."""
    return MeasurementDiffers()


def bad_example() -> CaseFile:
    """A ratio of 0.61 where 0.46 was measured."""
    return _example("Cardiothoracic ratio of 0.61.")


def good_example() -> CaseFile:
    """The ratio that was measured."""
    return _example("Cardiothoracic ratio of 0.46.")


def _example(text: str) -> CaseFile:
    from overread.testing.doubles import make_evidence
    from overread.testing.doubles.payloads import make_ratio

    return signed_file([text], evidence=[make_evidence(make_ratio(0.46), tool="segmentation")])
