"""From the order to the report in the archive, over a real Orthanc: worklist, C-STORE, read, sign, STOW, QIDO."""

from collections import Counter
from pathlib import Path

import pytest
from pydicom import dcmread

from tests.cli.conftest import Overread
from tests.needs import require
from tests.peers import orthanc as peer
from tests.peers.orthanc import Orthanc
from tests.receiving.stage import STUDY, film
from tests.receiving.test_orders import ACCESSION, expected

PEERS = """
source: {{kind: orthanc, url: '{url}', login: {login}}}
archive: {{kind: dicomweb, url: '{url}/dicom-web', login: {login}, takes: [text-sr, seg, pdf-dicom]}}
modality: {{kind: dicom, host: 127.0.0.1, port: {port}, ae_title: ORTHANC}}
"""
JSON = {"accept": "application/dicom+json"}


@pytest.fixture
def department(orthanc: Orthanc, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Orthanc:
    """An archive that knows the order; it gives the studies and takes the reports."""
    require("pynetdicom")
    login = f"{{user: {peer.USER}, password: {{env: ARCHIVE_PASSWORD}}}}"
    told = PEERS.format(url=orthanc.url, login=login, port=orthanc.dicom_port)
    (tmp_path / "peers.yaml").write_text(told)
    for name, value in {
        "ARCHIVE_PASSWORD": peer.PASSWORD,
        "OVERREAD_PEERS": str(tmp_path / "peers.yaml"),
        "OVERREAD_DELIVER_TO": '["archive"]',
        "OVERREAD_RECEIVING__ORDERS_FROM": '["modality"]',
        "OVERREAD_RECEIVING__POLL_SECONDS": "0.1",
    }.items():
        monkeypatch.setenv(name, value)
    orthanc.expect(expected(ACCESSION))
    return orthanc


def c_store(orthanc: Orthanc, path: Path) -> None:
    """Send an image as a modality does."""
    from pynetdicom import AE
    from pynetdicom.presentation import build_context

    image = dcmread(path)
    syntax = image.file_meta.TransferSyntaxUID
    link = AE("ROOM1").associate(
        "127.0.0.1", orthanc.dicom_port, contexts=[build_context(image.SOPClassUID, syntax)], ae_title="ORTHANC"
    )
    assert link.is_established
    status = link.send_c_store(image).Status
    link.release()
    assert status == 0
    orthanc.wait_until_stable()


def in_study(orthanc: Orthanc) -> Counter[str]:
    """Count the objects of the original study by modality, as QIDO-RS finds them."""
    with orthanc.client() as client:
        found = client.get(f"/dicom-web/studies/{STUDY}/instances", headers=JSON).raise_for_status().json()
    return Counter(item["00080060"]["Value"][0] for item in found)


def test_an_ordered_study_comes_back_as_a_signed_report_in_its_own_study(
    department: Orthanc, overread: Overread, tmp_path: Path
) -> None:
    c_store(department, film(tmp_path / "film", AccessionNumber=ACCESSION))
    received = overread("receive", "--orthanc", "source", "--once")
    assert received.code == 0, received.err
    assert "new study, awaiting review; order attached" in received.out
    (case,) = overread("review", "list", "--json").json

    signed = overread("review", "sign", case["case_id"], "--reviewer", "Dr A", "--yes")
    assert signed.code == 0, signed.err
    assert in_study(department) == {"DX": 1}
    sent = overread("outbox", "send", "--json")
    assert {item["kind"]: item["state"] for item in sent.json} == {
        "text-sr": "proven",
        "seg": "proven",
        "pdf-dicom": "proven",
    }
    assert in_study(department) == {"DX": 1, "SR": 1, "SEG": 1, "DOC": 1}
    assert len(department.studies()) == 1

    department.wait_until_stable()
    assert overread("receive", "--orthanc", "source", "--once", "--json").json == {"outcomes": {}, "waiting": 0}
    assert overread("outbox", "send", "--json").json == []
    assert overread("audit", "verify").code == 0
