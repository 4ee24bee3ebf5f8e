"""DICOM over TLS into a real Orthanc: both sides show certificates, and who is not believed is not spoken to."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from itertools import count
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

from overread.errors import PeerError
from overread.peers.dimse import echo
from overread.reading_room import ReadingRoom
from tests.delivering.conftest import Clock, node_peer, sender, states
from tests.delivering.test_orthanc import objects
from tests.export.conftest import Read
from tests.needs import require
from tests.peers.orthanc import Orthanc, serving

NUMBERS = count(740)
Pair = tuple[x509.Certificate, rsa.RSAPrivateKey]
pytestmark = [
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
    pytest.mark.usefixtures("collected"),
]


def certificate(name: str, by: Pair | None = None) -> Pair:
    """Make a certificate of the loopback's address, signed by an authority or, without one, as an authority."""
    key, now = rsa.generate_private_key(public_exponent=65537, key_size=2048), datetime.now(UTC)
    own = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    made = (
        x509.CertificateBuilder()
        .subject_name(own)
        .issuer_name(by[0].subject if by else own)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=2))
        .add_extension(x509.BasicConstraints(ca=by is None, path_length=None), critical=True)
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
    )
    return made.sign(by[1] if by else key, hashes.SHA256()), key


def write(pair: Pair, folder: Path, name: str) -> dict[str, Path]:
    """Write a certificate and its key, and give where they are."""
    told = {"cert_file": folder / f"{name}.crt", "key_file": folder / f"{name}.key"}
    told["cert_file"].write_bytes(pair[0].public_bytes(serialization.Encoding.PEM))
    form = serialization.PrivateFormat.TraditionalOpenSSL
    told["key_file"].write_bytes(pair[1].private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption()))
    return told


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a folder with an authority, certificates of both sides, and one of a stranger."""
    made = tmp_path_factory.mktemp("certificates")
    authority = certificate("authority of the tests")
    write(authority, made, "authority")
    write(certificate("archive", authority), made, "archive")
    write(certificate("overread", authority), made, "ours")
    write(certificate("stranger"), made, "stranger")
    return made


@pytest.fixture(scope="module")
def archive(folder: Path) -> Iterator[Orthanc]:
    """Start a server that speaks DICOM over TLS only, with those whom the authority knows."""
    require("orthanc")
    settings = {
        "DicomTlsEnabled": True,
        "DicomTlsCertificate": str(folder / "archive.crt"),
        "DicomTlsPrivateKey": str(folder / "archive.key"),
        "DicomTlsTrustedCertificates": str(folder / "authority.crt"),
    }
    with serving(**settings) as server:
        yield server


def tls(folder: Path, ours: str = "ours", authority: str = "authority") -> dict[str, Path]:
    return {
        "ca_file": folder / f"{authority}.crt",
        "cert_file": folder / f"{ours}.crt",
        "key_file": folder / f"{ours}.key",
    }


def test_objects_go_over_tls_and_the_report_on_them_comes_back_over_tls(
    room: ReadingRoom, read: Read, archive: Orthanc, folder: Path, clock: Clock
) -> None:
    file = read(next(NUMBERS))
    plain = node_peer(archive, tls=tls(folder))
    assert states(sender(room, clock, plain).send_case(file.case_id, "archive", ["sr"])) == {"sr": "proven"}
    asking = node_peer(archive, tls=tls(folder), commitment={"port": archive.our_port})
    (entry,) = sender(room, clock, asking).send_case(file.case_id, "archive", ["seg"])
    assert (entry.state, "storage commitment" in (entry.detail or "")) == ("proven", True), entry.detail
    assert objects(archive, file) == {"SR": 1, "SEG": 1}


@pytest.mark.parametrize("wrong", [{"authority": "stranger"}, {"ours": "stranger"}])
def test_who_is_not_believed_is_not_spoken_to(archive: Orthanc, folder: Path, wrong: dict[str, str]) -> None:
    echo(node_peer(archive, tls=tls(folder)))
    with pytest.raises(PeerError) as raised:
        echo(node_peer(archive, tls=tls(folder, **wrong), seconds=5))
    assert raised.value.kind in ("not_reached", "no_answer")


def test_in_clear_it_is_not_reached(archive: Orthanc) -> None:
    with pytest.raises(PeerError):
        echo(node_peer(archive, seconds=5))
