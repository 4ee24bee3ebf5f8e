"""How the report came about: the software that drafted it, then everybody who signed a state of it, over which text."""

from overread.export._fhir_codes import Json, of_system
from overread.export._fhir_parts import instant, known, resource, to
from overread.export._fhir_people import practitioner
from overread.export._output import Export
from overread.outputs.signature_text import MEANINGS
from overread.records import CaseFile, ReportVersion


def provenances(export: Export, targets: list[Json], program: Json) -> list[Json]:
    """Give one for the draft and one for each signed state of the report, the first first."""
    file = export.file
    return [_drafted(export, targets, program), *(_signed(file, item, targets, program) for item in file.versions)]


def _drafted(export: Export, targets: list[Json], program: Json) -> Json:
    file = export.file
    at = max((run.ended for run in file.manifest.tool_runs), default=None) or export.clock()
    digest = file.draft_digest or (file.final.draft_digest if file.final else None)
    return {
        **resource("Provenance", file.case_id, "draft"),
        "target": [to(item) for item in targets],
        "recorded": instant(at),
        "activity": of_system("v3-DataOperation", "CREATE", "create"),
        "agent": [{"type": of_system("provenance-participant-type", "author", "Author"), "who": to(program)}],
        **known(entity=[_entity("SHA-256 of the draft", digest)] if digest else []),
    }


def _signed(file: CaseFile, version: ReportVersion, targets: list[Json], program: Json) -> Json:
    state = ("AU", "authenticated") if version.preliminary else ("LA", "legally authenticated")
    before = [_entity("SHA-256 of the text before", version.supersedes, "revision")] if version.supersedes else []
    why = [{"text": version.reason}] if version.reason else []
    meaning = [{"text": MEANINGS[version.meaning]}] if version.meaning and not version.preliminary else []
    return {
        **resource("Provenance", file.case_id, f"version {version.version}"),
        "target": [to(item) for item in targets],
        "recorded": instant(version.at),
        "activity": of_system("v3-DocumentCompletion", *state),
        "agent": [
            {
                "type": of_system("provenance-participant-type", "verifier", "Verifier"),
                "who": to(practitioner(version.signed_by)),
            },
            {"type": of_system("provenance-participant-type", "assembler", "Assembler"), "who": to(program)},
        ],
        "entity": [
            _entity("SHA-256 of the draft", version.draft_digest),
            _entity("SHA-256 of the signed text", version.text_digest),
            *before,
        ],
        **known(reason=[*why, *meaning]),
    }


def _entity(what: str, digest: str, role: str = "source") -> Json:
    return {"role": role, "what": {"identifier": {"type": {"text": what}, "value": digest}}}
