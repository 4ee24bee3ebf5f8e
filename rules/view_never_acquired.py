"""A sentence may not describe a view that the study does not have."""

import re
from collections.abc import Iterable, Sequence

from overread.labeler.comparison import views_named
from overread.ports import EvidenceIndex, Rule
from overread.records import Case, Conflict, Finding, Severity, Study, Trust
from overread.rules._claims import claims_heard
from overread.settings import Settings

Example = tuple[Case, tuple[Finding, ...], EvidenceIndex]

# The labeler names PA, AP and lateral; these are the other ways to speak of a view.
_OTHER = {
    "LATERAL": re.compile(r"\bon\s+(?:the\s+)?lateral(?=\s*(?:[.,;)]|$))", re.I),
    "second": re.compile(r"\b(?:two|2)[\s-]views?\b|\bboth\s+(?:views|projections)\b", re.I),
    "decubitus": re.compile(r"\bdecubitus\b", re.I),
    "oblique": re.compile(r"\boblique\s+(?:views?|projections?|radiographs?|films?|images?)\b", re.I),
}
_WORDS = {"LATERAL": "lateral"}


class ViewNeverAcquired:
    """Compares the views that sentences speak of with those of the study's images."""

    id = "view_never_acquired"
    severity: Severity = "warn"
    describe = "A sentence describes a view that this study does not have."

    def check(
        self, case: Case, findings: Sequence[Finding], evidence: EvidenceIndex, trust: Trust | None = None
    ) -> Iterable[Conflict]:
        """Compare each sentence's views with those acquired; a conflict for each missing view cites the sentence.

        "Two views" asks for a second image. A decubitus or oblique view is always missing: no image is known as one.
        """
        for item, text in claims_heard(case, evidence, trust):
            for view in _named(text):
                if not _has(case.study, view):
                    yield Conflict.of(
                        self.id,
                        self.severity,
                        f"The {item.tool} describes a {_WORDS.get(view, view)} view; the study has none.",
                        evidence_ids=(item.id,),
                    )


def build(settings: Settings) -> Rule:
    """Give the rule; it takes nothing from the settings."""
    return ViewNeverAcquired()


def bad_example() -> Example:
    """A lateral view is described, and the study has one frontal image."""
    return _example("Small effusion, best seen on the lateral view.")


def good_example() -> Example:
    """Lateral as a place, not as a view."""
    return _example("Small effusion along the lateral chest wall.")


def _example(text: str) -> Example:
    from overread.testing.doubles import make_case, make_evidence
    from overread.testing.doubles.payloads import make_claim

    return make_case(), (), EvidenceIndex([make_evidence(make_claim(text, "Pleural Effusion"), tool="report")])


def _named(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*views_named(text), *(view for view, words in _OTHER.items() if words.search(text)))))


def _has(study: Study, view: str) -> bool:
    """Say whether the study may have the view; a frontal image of unknown projection may be PA or AP."""
    views = [image.view for image in study.images]
    if view == "second":
        return len(views) > 1
    if view in ("PA", "AP"):
        return view in views or None in views
    return view in views
