"""A named remote system: where it is, how it is spoken to, and where its credentials are found."""

from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from overread.settings import LOOPBACK

NAME = r"^[a-z0-9][a-z0-9_-]{0,31}$"
AE_TITLE = r"^[!-\[\]-~]([ -\[\]-~]{0,14}[!-\[\]-~])?$"
"""PS3.5 6.2, VR AE: at most 16 of printable ASCII without a backslash; spaces at its ends mean nothing."""


def is_loopback(host: str) -> bool:
    """Say whether a host is this machine by its name or address alone: no name is looked up."""
    if host in LOOPBACK:
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _address(url: str) -> str:
    """Give an address without a slash at its end; raises `ValueError` for one that cannot be asked."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
        raise ValueError("an address such as https://host/path is needed, without a query")
    if parts.username or parts.password:
        raise ValueError("no credentials may stand in the address; use 'login' or 'token'")
    return url.rstrip("/")


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Secret(_Record):
    """Where a secret is: the name of an environment variable, or a file; never the secret itself."""

    env: str | None = Field(default=None, min_length=1)
    file: Path | None = None

    @model_validator(mode="after")
    def _is_one(self) -> Self:
        if (self.env is None) == (self.file is None):
            raise ValueError("give 'env' (a variable's name) or 'file', one of them")
        return self


class Login(_Record):
    """HTTP basic authentication."""

    user: str = Field(min_length=1, pattern=r"^[^:]+$")
    password: Secret


class Tls(_Record):
    """Files of TLS, PEM: for a node of DICOM, and where a web server's certificate is not of a public authority."""

    ca_file: Path | None = None
    """Whom to believe; None: the authorities that this machine believes."""
    cert_file: Path | None = None
    """Our own certificate, where the other side asks for one."""
    key_file: Path | None = None


class _Peer(_Record):
    name: str = Field(pattern=NAME)
    allow_plain: bool = False
    """Let patients' data go unencrypted to another machine: only inside a network that is safe by other means."""
    seconds: float = Field(default=30.0, gt=0, le=600)
    """How long one exchange may take in all."""
    takes: tuple[str, ...] = ()
    """Kinds of output that it gets unless others are named (`overread export --list`); none: `queueing.USUAL`."""

    @property
    def where(self) -> str:
        """Say where it is, without any credential."""
        raise NotImplementedError


class Commitment(_Record):
    """How a node is asked to answer for what it took (storage commitment, PS3.4 J)."""

    host: str = "127.0.0.1"
    """Where we listen for its report, while we wait for it."""
    port: int | None = Field(default=None, ge=1, le=65535)
    """None: its report is waited for on the association that asked, and nothing listens."""
    seconds: float = Field(default=60.0, gt=0, le=600)
    """How long its report is waited for."""


class Move(_Record):
    """How a node sends images that we ask for (C-MOVE, PS3.4 C.4.2): to our title, over an association of its own."""

    host: str = "127.0.0.1"
    """Where we listen, while a study is fetched."""
    port: int = Field(ge=1, le=65535)
    """The node must know our title at this machine and port."""
    sends_as: str | None = Field(default=None, pattern=AE_TITLE)
    """Title under which it sends; None: its own."""
    seconds: float = Field(default=300.0, gt=0, le=3600)
    """How long one study may take to come, and how long our port is waited for while another study comes."""


class DicomNode(_Peer):
    """A node of DICOM's own protocol (DIMSE)."""

    kind: Literal["dicom"]
    host: str = Field(min_length=1)
    port: int = Field(default=104, ge=1, le=65535)
    ae_title: str = Field(pattern=AE_TITLE)
    """Its own title (called)."""
    our_ae_title: str = Field(default="OVERREAD", pattern=AE_TITLE)
    """Ours (calling)."""
    tls: Tls | None = None
    commitment: Commitment | None = None
    """None: C-FIND proves that it has what it took."""
    move: Move | None = None
    """None: images are fetched by C-GET, over the association that asks."""

    @property
    def where(self) -> str:
        """Give title, host and port."""
        return f"{self.ae_title} at {self.host}:{self.port}"

    @model_validator(mode="after")
    def _is_private(self) -> Self:
        if self.tls is None and not self.allow_plain and not is_loopback(self.host):
            raise ValueError("DICOM without 'tls' goes in clear; to do so beyond this machine say 'allow_plain: true'")
        heard = {"commitment": self.commitment.host} if self.commitment and self.commitment.port else {}
        heard |= {"move": self.move.host} if self.move else {}
        for word, host in heard.items():
            if self.tls is None and not self.allow_plain and not is_loopback(host):
                raise ValueError(f"'{word}' listens beyond this machine: that needs 'tls' or 'allow_plain: true'")
        return self


class _Hl7(_Peer):
    application: str = ""
    """Its own name (MSH-5), and that of its facility (MSH-6)."""
    facility: str = ""
    our_application: str = "OVERREAD"
    """Ours (MSH-3, MSH-4)."""
    our_facility: str = ""


class MllpNode(_Hl7):
    """A system that takes HL7 v2 messages by MLLP."""

    kind: Literal["mllp"]
    host: str = Field(min_length=1)
    port: int = Field(default=2575, ge=1, le=65535)
    tls: Tls | None = None

    @property
    def where(self) -> str:
        """Give host and port."""
        return f"{self.host}:{self.port}"

    @model_validator(mode="after")
    def _is_private(self) -> Self:
        if self.tls is None and not self.allow_plain and not is_loopback(self.host):
            raise ValueError("MLLP without 'tls' goes in clear; to do so beyond this machine say 'allow_plain: true'")
        return self


class Hl7Folder(_Hl7):
    """A folder that somebody takes HL7 v2 messages out of."""

    kind: Literal["hl7-folder"]
    path: Path

    @property
    def where(self) -> str:
        """Give the folder."""
        return str(self.path)


class _Web(_Peer):
    url: Annotated[str, AfterValidator(_address)]
    login: Login | None = None
    token: Secret | None = None
    """A bearer token."""
    tls: Tls | None = None

    @property
    def where(self) -> str:
        """Give the address."""
        return self.url

    @model_validator(mode="after")
    def _is_private(self) -> Self:
        parts = urlsplit(self.url)
        if parts.scheme != "https" and not self.allow_plain and not is_loopback(parts.hostname or ""):
            raise ValueError("http goes in clear; take https, or beyond this machine say 'allow_plain: true'")
        if self.login and self.token:
            raise ValueError("give 'login' or 'token', not both")
        return self


class DicomWeb(_Web):
    """A DICOMweb server (PS3.18): the address under which its `/studies` lies."""

    kind: Literal["dicomweb"]


class FhirServer(_Web):
    """A FHIR R4 server: its base address."""

    kind: Literal["fhir"]
    patient_system: str | None = Field(default=None, pattern=r"^(https?://|urn:)[^\s|]+$")
    """System of the identifiers that it knows patients by, where those of our images are the same: a patient who is
    there is then referred to. None: each patient is one of our own, for a number alone may be somebody else's."""


class OrthancServer(_Web):
    """An Orthanc by its own REST API: the address under which its `/system` lies."""

    kind: Literal["orthanc"]


Peer = Annotated[DicomNode | DicomWeb | FhirServer | OrthancServer | MllpNode | Hl7Folder, Field(discriminator="kind")]
WebPeer = DicomWeb | FhirServer | OrthancServer
