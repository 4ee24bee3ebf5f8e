"""A signed sentence says otherwise than the evidence that was seen in the images adds up to."""

from collections.abc import Iterable, Sequence

from overread.reasoning.entailment import NO_FINDING, against_findings
from overread.records import Assertion, CaseFile, Finding, SignedNotice
from overread.signed_text._examples import finding, signed_file
from overread.signed_text._signed import Signed, SignedRule


class ContradictsImages:
    """Holds what the text asserts against the findings, which weigh all evidence by its measured trust."""

    id = "contradicts_images"
    describe = "The report says otherwise than the evidence of the images about a label or its side."

    def check(self, signed: Signed) -> Iterable[SignedNotice]:
        """Give a notice for each label that a sentence contradicts.

        Only findings that are present or absent are held against it: to settle a doubt is what the reader is for. Sides
        differ where one is left and the other right.
        """
        decided = tuple(each for each in signed.file.findings if each.status in ("present", "absent"))
        for sentence in signed.sentences:
            for said in sentence.assertions:
                verdict = against_findings(_comparable(said, decided), decided)
                if verdict is not None and verdict[0] == "contradicted":
                    message = f"The sentence {verdict[1]}, by the evidence of the images."
                    yield signed.notice(self.id, message, sentence, _evidence(said, decided))


def build() -> SignedRule:
    """Give the rule."""
    return ContradictsImages()


def bad_example() -> CaseFile:
    """Denied, where the tools see it."""
    return signed_file(["No pleural effusion."], findings=[finding("Pleural Effusion", "present", "left")])


def good_example() -> CaseFile:
    """Stated on the side where the tools see it; a doubt of theirs is settled."""
    seen = [finding("Pleural Effusion", "present", "left"), finding("Edema", "uncertain")]
    return signed_file(["There is a left pleural effusion.", "No pulmonary edema."], findings=seen)


def _comparable(said: Assertion, findings: Sequence[Finding]) -> Assertion:
    """Leave the side out unless it is one of two: of "bilateral" a sentence may well speak half by half."""
    found = next((each for each in findings if each.label == said.label), None)
    sides = {said.laterality, found.laterality if found else None}
    return said if sides <= {"left", "right"} else said.model_copy(update={"laterality": None})


def _evidence(said: Assertion, findings: Sequence[Finding]) -> tuple[str, ...]:
    """Give what is behind the findings that a sentence is held against: of a normal report all that are present."""
    normal = said.label == NO_FINDING
    about = [each for each in findings if each.label == said.label or (normal and each.status == "present")]
    return tuple(identity for each in about for identity in each.evidence_ids)
