"""The case as one FHIR R4 bundle: report, findings, measurements, study, and who and what made it.

`fhir.resources` has no module for R4 (4.0.1); its R4B (4.3.0) is the same for every resource that is written here: what
R4B changed is medication definitions, evidence, and subscriptions (hl7.org/fhir/R4B/diff.html).
"""

from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

from overread.errors import Unavailable
from overread.export._extras import not_installed
from overread.export._fhir_bundle import bundle_of
from overread.export._fhir_codes import Json
from overread.export._output import Export, Writer
from overread.export._report_state import why_no_report
from overread.outputs.case_json import to_bytes
from overread.store.files import write_whole

MISSING = "FHIR needs fhir.resources: pip install 'overread[fhir]'"


class FhirWriter:
    """Writes fhir.json."""

    name = "fhir"
    describe = (
        "DiagnosticReport, Composition, Observations, ImagingStudy and Provenance as one FHIR R4 bundle (fhir.json)."
    )

    def why_not(self, export: Export) -> str | None:
        """Say why there is no report to write, or None."""
        return why_no_report(export.file) or not_installed("fhir", "fhir")

    def write(self, export: Export, folder: Path) -> Sequence[Path]:
        """Write the file and give its path.

        Raises `Unavailable` where the extra is not installed, `ValueError` for a bundle that is not valid, which then
        is not written.
        """
        bundle = bundle_of(export)
        check_bundle(bundle)
        path = folder / "fhir.json"
        write_whole(path, to_bytes(bundle))
        return (path,)


def build() -> Writer:
    """Build the writer."""
    return FhirWriter()


def check_bundle(bundle: Json) -> None:
    """Raise `ValueError` for a bundle that `fhir.resources` does not take; it knows no lists of codes."""
    if find_spec("fhir") is None:
        raise Unavailable(MISSING)
    from fhir.resources.R4B.bundle import Bundle

    Bundle.model_validate(bundle)
