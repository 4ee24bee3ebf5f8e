"""Whom Overread listens to, sends to and lets in: other systems, sign-in, collectors of traces and metrics."""

from pathlib import Path
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr, model_validator

LOOPBACK = ("127.0.0.1", "localhost", "::1")


def safe_address(url: str) -> str:
    """Give an address back that is safe to sign in at: https, or http on the loopback; raises `ValueError`."""
    parts = urlsplit(url)
    if not parts.hostname or parts.username or parts.fragment:
        raise ValueError("not an address that can be asked")
    if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in LOOPBACK):
        raise ValueError("not https; http is only for the loopback")
    return url


class Receiving(BaseModel):
    """When a study that comes in by itself is read, and what is looked for beside it (`overread receive`)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    quiet_seconds: float = Field(default=30.0, ge=0, le=3600)
    """For so long nothing of a study may change in a watch folder or at a DICOMweb server; Orthanc has its own
    `StableAge`."""
    poll_seconds: float = Field(default=5.0, gt=0, le=600)
    required_views: tuple[Literal["PA", "AP", "LATERAL"], ...] = ()
    """Views that a study is waited for to have."""
    complete_minutes: float = Field(default=15.0, gt=0, le=24 * 60)
    """How long it is waited for them; then the study is read with what is there, and the draft says what is not."""
    modalities: tuple[str, ...] = ("CR", "DX")
    """Series that are fetched; a study without any is not read."""
    attempts: int = Field(default=3, ge=1, le=20)
    """How often a study is tried that fails on the way."""
    orders_from: tuple[str, ...] = ()
    """Named remote systems (`peers`) that are asked for its order: a FHIR server for the ServiceRequest, a DICOM node
    for the modality worklist; the first that has one."""
    late_order_hours: float = Field(default=72.0, ge=0, le=24 * 365)
    """For so long after a case was opened without an order one is still looked for; 0: not."""
    late_order_minutes: float = Field(default=10.0, gt=0, le=24 * 60)
    """How often the systems of `orders_from` are asked again meanwhile; what came as HL7 v2 is seen at each look."""
    priors: int = Field(default=3, ge=0, le=20)
    """Earlier chest radiographs of the patient that are fetched from the archive: the newest; 0 for none."""
    priors_from: str | None = None
    """Named remote system that is asked for them; None: the Orthanc or DICOMweb server that the study came from."""
    reports_from: tuple[str, ...] = ()
    """Named FHIR servers that `overread reports poll` asks for reports that were signed there."""
    reports_category: str | None = "RAD"
    """DiagnosticReport.category of those that are asked for; None for any."""


class Hl7(BaseModel):
    """How HL7 v2 is listened to (`overread hl7 listen`) and read."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    host: str = "127.0.0.1"
    port: int = Field(default=2575, ge=0, le=65535)
    allow_plain: bool = False
    """Let patients' data come unencrypted from other machines: only inside a network that is safe by other means."""
    tls_cert: Path | None = None
    """Certificate chain (PEM) to listen with; `tls_key` is its key."""
    tls_key: Path | None = None
    tls_clients: Path | None = None
    """Authorities (PEM) whose clients may connect; None: whoever reaches the port."""
    connections: int = Field(default=16, ge=1, le=1024)
    """Open at the same time; a further one is closed at once."""
    message_bytes: int = Field(default=2**20, ge=1024, le=2**26)
    idle_seconds: float = Field(default=300.0, gt=0, le=24 * 3600)
    """Within so long a whole message must have come, else the connection is closed."""
    charset: str = "UNICODE UTF-8"
    """Of senders who leave MSH-18 empty, as HL7 table 0211 names it; bytes that are none of it are refused."""
    processing: tuple[Literal["P", "T", "D"], ...] = ("P",)
    """Values of MSH-11 that are taken: production, and not what is sent for training or debugging."""

    @model_validator(mode="after")
    def _is_private(self) -> Self:
        if (self.tls_cert is None) != (self.tls_key is None):
            raise ValueError("give both 'tls_cert' and 'tls_key', or none of them")
        if self.tls_cert is None and not self.allow_plain and self.host not in LOOPBACK:
            raise ValueError("MLLP without TLS goes in clear; to listen beyond this machine say 'allow_plain: true'")
        return self


class ReportsPush(BaseModel):
    """How a FHIR server tells of reports that were signed there (`overread reports listen`)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    source: str | None = None
    """Named FHIR server (`peers`) whose subscription notifies us."""
    secret: SecretStr | None = Field(default=None, min_length=16)
    """Bearer token of its notifications, from the environment (`OVERREAD_REPORTS_PUSH__SECRET`)."""
    host: str = "127.0.0.1"
    port: int = Field(default=8577, ge=0, le=65535)
    allow_plain: bool = False
    """Let patients' data come unencrypted from other machines: only inside a network that is safe by other means."""
    tls_cert: Path | None = None
    """Certificate chain (PEM) to listen with; `tls_key` is its key."""
    tls_key: Path | None = None
    connections: int = Field(default=16, ge=1, le=1024)
    """At the same time; a further one is answered 503."""
    body_bytes: int = Field(default=2**23, ge=1024, le=2**28)
    seconds: float = Field(default=30.0, gt=0, le=600)
    """Within so long a whole notification must have come."""

    @model_validator(mode="after")
    def _is_private(self) -> Self:
        if (self.tls_cert is None) != (self.tls_key is None):
            raise ValueError("give both 'tls_cert' and 'tls_key', or none of them")
        if self.tls_cert is None and not self.allow_plain and self.host not in LOOPBACK:
            raise ValueError("http goes in clear; to listen beyond this machine say 'allow_plain: true'")
        return self


class Oidc(BaseModel):
    """The identity provider that people sign in at (`sign_in = oidc`)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    issuer: Annotated[str, AfterValidator(safe_address)]
    """Its issuer, as its discovery document names it: https, or http on the loopback."""
    client_id: str = Field(min_length=1)
    client_secret: SecretStr | None = None
    """From the environment (`OVERREAD_OIDC__CLIENT_SECRET`); None: a public client, held by PKCE alone."""
    claim: str = Field(default="preferred_username", min_length=1)
    """Which claim is the account's name; take one that people cannot set themselves."""
    scopes: tuple[str, ...] = ("openid", "profile", "email")
    skew_seconds: int = Field(default=60, ge=0, le=300)
    """How far the provider's clock and ours may be apart."""
    confirm: Literal["name", "login"] = "name"
    """What confirms a signature: the signer's name, typed, or a login at the provider, made for it (`confirm_minutes`;
    one minute at least)."""
    groups_claim: str = Field(default="groups", min_length=1)
    """Which claim names the person's groups: a list, or one text."""
    roles: dict[str, Literal["viewer", "reviewer", "signer", "admin"]] = Field(default_factory=dict)
    """Group to role. With any, each sign-in gives the account the most capable role of the person's groups, makes the
    account where there is none, and turns away who is in none of them; without, accounts and roles are kept here."""
    answer_seconds: float = Field(default=10.0, gt=0, le=60)
    """How long the provider may take for all that is asked of it at one step of a sign-in."""


class Observing(BaseModel):
    """What a process tells of its own work: times, counts and names of parts, nothing of a patient."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    traces_to: Annotated[str, AfterValidator(safe_address)] | None = None
    """Where spans are sent (`pip install 'overread[observe]'`): an OTLP collector's address over HTTP, with its path,
    such as http://127.0.0.1:4318/v1/traces; https, or http on the loopback. None: nothing is sent."""
    traces_file: Path | None = None
    """A file that spans are written to, one JSON object a line (needs the same extra); None: no file."""
    metrics_port: int | None = Field(default=None, ge=0, le=65535)
    """Port at which a process shows its metrics by itself, for one without a page; 0 takes a free one, None: none."""
    metrics_host: str = "127.0.0.1"
    """Address of that port; beyond the loopback it needs a token."""
    metrics_token: SecretStr | None = Field(default=None, min_length=16)
    """What a scraper shows (`Authorization: Bearer …`); from the environment (`OVERREAD_OBSERVING__METRICS_TOKEN`).

    None: `/metrics` of the page is for this machine and for `sign_in = link` alone."""

    @model_validator(mode="after")
    def _guarded_beyond_this_machine(self) -> Self:
        if self.metrics_host not in LOOPBACK and self.metrics_token is None:
            raise ValueError("metrics_host beyond the loopback needs metrics_token")
        return self
