"""What the reviewer decided on each result of the draft, as FHIR R4: what IHE AIRAI asks for."""

from collections.abc import Sequence
from pathlib import Path

from overread.export._decisions import decisions
from overread.export._extras import not_installed
from overread.export._fhir_assessment import assessment_bundle
from overread.export._output import Export, Writer
from overread.export._report_state import why_no_report
from overread.export.fhir import check_bundle
from overread.outputs.case_json import to_bytes
from overread.store.files import write_whole


class AssessmentWriter:
    """Writes assessment.json."""

    name = "assessment"
    describe = (
        "each decision of the reviewer (accepted, edited, rejected, supplemented) with the result, its evidence and "
        "models, FHIR R4 (assessment.json)"
    )

    def why_not(self, export: Export) -> str | None:
        """Say why there is none: no report, nobody who decided, or the extra is not installed."""
        if why := why_no_report(export.file):
            return why
        if not decisions(export.file):
            return "nobody has signed decisions on the draft's results as final"
        return not_installed("fhir", "fhir")

    def write(self, export: Export, folder: Path) -> Sequence[Path]:
        """Write the file; raises as the writer of `fhir` does."""
        review = export.file.review
        if review is None:
            raise AssertionError("'why_not' asks for decisions first")
        bundle = assessment_bundle(export, review)
        check_bundle(bundle)
        path = folder / "assessment.json"
        write_whole(path, to_bytes(bundle))
        return (path,)


def build() -> Writer:
    """Build the writer."""
    return AssessmentWriter()
