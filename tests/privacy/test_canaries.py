"""A patient who is named everywhere in what is sent: where is she afterwards? Every file, row, log line and request."""

import json
import logging
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
import yaml
from prometheus_client import generate_latest
from pydicom import dcmread
from pydicom.dataset import Dataset

from overread.admission import Refused
from overread.backends.scripted import ScriptedChat
from overread.composition import open_room
from overread.observing.logs import JsonLines
from overread.observing.metrics import Metrics
from overread.settings import load_settings
from overread.testing.model_server import ModelServer
from overread.testing.phantoms import prior_of, sample_recipe, write_study
from tests.cli.conftest import Overread, home, overread
from tests.databases import database_url, postgres
from tests.privacy.scanning import files_with, seen_in

__all__ = ["database_url", "home", "overread", "postgres"]  # pytest finds the fixtures here

NAME, NUMBER, BORN, ACCESSION = "QUARTZMANN", "ZX471177", "19410703", "ACCZX0099"
WHO = (NAME, NUMBER, BORN)
NOWHERE = (
    "ELMLANE7Q",  # an address
    "SAINTQUARTZ",  # an institution
    "PRIVATEZQ",  # a private attribute
    "NESTEDZQ",  # an attribute deep in a sequence
    "COMMENTZQ",  # PatientComments, ImageComments
    "PHYSICIANZQ",
    "PREAMBLEZQ",
    "AETITLEZQ",  # file meta information
    "FOLDERZQ",  # names of files and folders
    "TAILZQ",  # bytes after the last element
)
"""What no part of the program may keep, show or send."""
WRITTEN = ("INDICATIONZQ", "PRIORTEXTZQ")
"""Words of people: of the order and of an earlier report. They are part of the case; no model and no log sees them."""
OBSERVED = "UNITZQ"
"""Of a value that came with the order: part of the case, and of no report, export, prompt or log."""
ALL = (*WHO, ACCESSION, *NOWHERE, *WRITTEN, OBSERVED)
REPORT = {"findings": ["The lungs are clear."], "impression": ["No acute abnormality."]}

IDENTITY = {("cases", "identity_json"), ("listing", "patient_words")}
"""The store's own rows of who the patient is."""
ORDERED = {
    *{("cases", "case_json"), ("cases", "file_json"), ("listing", "accession"), ("listing", "words")},
    ("image_accessions", "accession"),
}
IN_HOME = {
    "cases.sqlite": {*WHO, ACCESSION, *WRITTEN, OBSERVED},
    "checkpoints.sqlite": {ACCESSION, *WRITTEN, OBSERVED},
    "deliveries/case.json": {ACCESSION, WRITTEN[0], OBSERVED},
    **{f"deliveries/{name}": {ACCESSION, WRITTEN[0]} for name in ("report.html", "report.md", "report.txt")},
}
"""Which files of the home hold what, to the byte."""
PATIENT_IN = {*WHO, ACCESSION}
IN_OUT = {
    **{f"{command}/case.json": {ACCESSION, WRITTEN[0], OBSERVED} for command in ("read", "replay")},
    **{f"{command}/report.md": {ACCESSION, WRITTEN[0]} for command in ("read", "replay")},
    **{f"export/report.{kind}": {ACCESSION, WRITTEN[0]} for kind in ("html", "md", "txt")},
    **{f"export/{name}.dcm": PATIENT_IN for name in ("seg", "seg-viewer", "capture", "report-pdf")},
    **{f"export/{name}.dcm": {*PATIENT_IN, WRITTEN[0]} for name in ("sr", "text-sr")},
    "export/fhir.json": {NAME, NUMBER, ACCESSION, WRITTEN[0]},
    "export/report.hl7": {*PATIENT_IN, WRITTEN[0]},
    "export/assessment.json": {NAME, NUMBER, ACCESSION},
    "export/ups.json": PATIENT_IN,
}
"""Which files that are written hold what: objects for the archive name the patient whose study they join."""
PERSONS_WORDS = {("cases", "case_json"), ("cases", "file_json"), ("report_versions", "version_json")}
CHECKPOINTS = {("checkpoints", "checkpoint"), ("checkpoint_blobs", "blob"), ("checkpoint_writes", "blob")}
"""Where PostgreSQL has what `checkpoints.sqlite` holds."""


@pytest.fixture
def server() -> Iterator[ModelServer]:
    with ModelServer(ScriptedChat({"Question:": {"answer": "no"}, "": REPORT})) as running:
        yield running


@pytest.fixture
def sent(tmp_path: Path) -> dict[str, Path]:
    """A study, an earlier one with its report, and the order."""
    recipe = sample_recipe(3, view="PA", flipped=False)
    folder = tmp_path / "in" / f"FOLDERZQ-{NAME}"
    for place, one in (("now", recipe), ("before", prior_of(recipe))):
        (path,) = write_study(folder / place, one, size=256)
        path.unlink()
        _named(write_study(folder / place, one, size=256)[0]).rename(folder / place / "FOLDERZQ.dcm")
    order = folder / "order.yaml"
    values = [{"code": "12345-6", "value": 7.5, "unit": OBSERVED}]
    asked = {"accession_number": ACCESSION, "indication": "Cough. INDICATIONZQ asks.", "observations": values}
    order.write_text(yaml.safe_dump(asked))
    report = folder / "FOLDERZQ.txt"
    report.write_text("FINDINGS: The lungs are clear. PRIORTEXTZQ.\nIMPRESSION: No acute abnormality.\n")
    return {"now": folder / "now", "before": folder / "before", "order": order, "report": report}


def _named(path: Path) -> Path:
    film = dcmread(path)
    film.PatientName, film.PatientID, film.PatientBirthDate = f"{NAME}^LISELOTTE", NUMBER, BORN
    film.AccessionNumber = ACCESSION
    film.PatientAddress, film.InstitutionName = "ELMLANE7Q", "SAINTQUARTZ"
    film.PatientComments = film.ImageComments = "COMMENTZQ"
    film.ReferringPhysicianName = film.OperatorsName = "PHYSICIANZQ^A"
    film.add_new(0x00110010, "LO", "PRIVATEZQ")
    film.add_new(0x00111001, "LO", "PRIVATEZQ")
    request = Dataset()
    request.RequestedProcedureDescription = request.ScheduledProcedureStepDescription = "NESTEDZQ"
    film.RequestAttributesSequence = [request]
    film.file_meta.SourceApplicationEntityTitle = "AETITLEZQ"
    film.preamble = b"PREAMBLEZQ".ljust(128, b"\0")
    film.save_as(path, enforce_file_format=True)
    with path.open("ab") as file:
        file.write(b"\xfc\xff\xfc\xffOB\0\0\x06\0\0\0TAILZQ")
    return path


def _profile(folder: Path, url: str) -> None:
    served = {"backend": "vllm", "url": url, "model": "vlm"}
    roles: dict[str, Any] = {
        "segmentation": {"backend": "scripted", "model": "segmentation"},
        "classification": {"backend": "scripted", "model": "embedding"},
        **dict.fromkeys(("report", "vqa", "planner", "drafter"), served),
    }
    tools = ["header", "quality", "segmentation", "classification", "report", "vqa", "prior"]
    (folder / "served.yaml").write_text(yaml.safe_dump({"describe": "d", "tools": tools, "roles": roles}))


@pytest.fixture
def work(
    overread: Overread,
    home: Path,
    sent: dict[str, Path],
    server: ModelServer,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    database_url: str | None,
) -> Path:
    """Do everything with the case, with every log and trace that can be switched on; give the output folder."""
    monkeypatch.setenv("OVERREAD_LOG_LEVEL", "DEBUG")
    monkeypatch.setenv("OVERREAD_LOG_FORMAT", "json")
    monkeypatch.setenv("OVERREAD_OBSERVING__TRACES_FILE", str(tmp_path / "out" / "spans.jsonl"))
    monkeypatch.setenv("LANGSMITH_TRACING", "true")
    monkeypatch.setenv("LANGSMITH_ENDPOINT", server.url)
    monkeypatch.setenv("LANGSMITH_API_KEY", "k")
    monkeypatch.setenv("OVERREAD_PROFILES_DIR", str(tmp_path))
    monkeypatch.setenv("OVERREAD_PROFILE", "served")
    _profile(tmp_path, server.url)
    caplog.set_level(logging.DEBUG)
    out, said = tmp_path / "out", []

    def do(*arguments: object, code: int = 0) -> Any:
        done = overread(*arguments)
        assert done.code == code, done.err
        said.append(done.err)
        return done

    asked = ("--order", sent["order"], "--prior", sent["before"], "--prior-report", sent["report"])
    case_id = do("read", sent["now"], *asked, "--out", out / "read", "--json").json["case_id"]
    do("review", "show", case_id)
    do("review", "sign", case_id, "--reviewer", "dr-a")
    do("export", case_id, "--to", out / "export")
    do("batch", sent["before"], "--out", out / "batch")
    do("replay", case_id, "--out", out / "replay")
    do("deid", sent["now"], "--to", out / "deid", "--pixels", "keep")
    _counted(sent["before"], tmp_path / "counted", out / "metrics.txt")
    (out / "errors.log").write_text("\n".join((*said, caplog.text)))
    (out / "log.jsonl").write_text("\n".join(map(JsonLines().format, caplog.records)))
    return out


def _counted(study: Path, home: Path, figures: Path) -> None:
    """Read a study into a store of its own as the page does, and keep what it shows of that to a scraper."""
    metrics = Metrics()
    with open_room(load_settings(home=home, database=None), metrics=metrics) as room:
        taken = room.take_in([study])
        assert not isinstance(taken, Refused)
        room.read(taken.case.case_id)
        figures.write_bytes(generate_latest(metrics.registry))


def engine_of(home: Path, database_url: str | None) -> sa.Engine:
    """Open the store's database, past everything that the program does with it."""
    url = f"sqlite:///{home / 'cases.sqlite'}" if database_url is None else database_url
    return sa.create_engine(url.replace("postgresql://", "postgresql+psycopg://"), poolclass=sa.NullPool)


def rows_with(engine: sa.Engine, words: tuple[str, ...]) -> dict[tuple[str, str], set[str]]:
    """Map (table, column) to the words that any of its values holds."""
    found: dict[tuple[str, str], set[str]] = {}
    with engine.connect() as store:
        for table in sa.inspect(store).get_table_names():
            rows = store.execute(sa.text(f'select * from "{table}"'))
            for row in rows.mappings():
                for name, value in row.items():
                    if here := seen_in(value if isinstance(value, bytes) else str(value).encode(), words):
                        found.setdefault((table, name), set()).update(here)
    return found


def test_she_is_nowhere_but_where_she_belongs(
    work: Path, home: Path, server: ModelServer, database_url: str | None
) -> None:
    requests = [json.dumps(one.body).encode() for one in server.requests]
    assert len(requests) > 3
    assert {one.path for one in server.requests} == {"/v1/chat/completions"}  # and no trace
    assert set().union(*(seen_in(body, ALL) for body in requests)) == set()

    in_rows = rows_with(engine_of(home, database_url), ALL)
    for (table, column), words in in_rows.items():
        for word in words:
            where = IDENTITY if word in WHO else (ORDERED if word == ACCESSION else PERSONS_WORDS) | CHECKPOINTS
            assert (table, column) in where, f"{word} in {table}.{column}"
    assert set(WHO) <= in_rows["cases", "identity_json"]  # the scan sees what is there

    for told, least in (("spans.jsonl", 40), ("log.jsonl", 10), ("metrics.txt", 200)):
        assert len((work / told).read_text().splitlines()) >= least  # there is something to look at
    in_files = {name: words for name, words in IN_HOME.items() if database_url is None or "sqlite" not in name}
    in_home = _places(files_with(home, ALL))
    # Of a closed case that was compacted the pages that are free now hold what was not written over yet.
    for checkpoints in in_home.keys() & {"checkpoints.sqlite"}:
        assert {ACCESSION} <= in_home[checkpoints] <= in_files[checkpoints]
        in_home[checkpoints] = in_files[checkpoints]
    assert in_home == in_files
    in_out = files_with(work, ALL)
    assert not {"errors.log", "spans.jsonl", "log.jsonl", "metrics.txt"} & in_out.keys()
    assert _places(in_out) == IN_OUT


def _places(found: dict[str, set[str]]) -> dict[str, set[str]]:
    """Join what was found by kind of file, the id of the case left out."""
    joined: dict[str, set[str]] = {}
    for name, words in found.items():
        kind = "/".join(part for part in name.split("/") if not part.startswith("c-"))
        kind = re.sub(r"sqlite-\w+$", "sqlite", kind)  # its log and its index are the database too
        joined.setdefault(kind, set()).update(words)
    return joined


def test_a_leak_would_be_seen(work: Path, home: Path, database_url: str | None) -> None:
    leaked = {NAME, "PRIVATEZQ", "INDICATIONZQ"}
    (work / "errors.log").write_text(f"case of {' '.join(leaked)}")
    assert files_with(work, ALL)["errors.log"] == leaked
    insert = "insert into journal (case_id, at, event, detail) values ('c', '2026-01-01', 'e', :canary)"
    with engine_of(home, database_url).begin() as store:
        for canary in leaked:
            store.execute(sa.text(insert), {"canary": canary})
    assert rows_with(engine_of(home, database_url), ALL)["journal", "detail"] == leaked
