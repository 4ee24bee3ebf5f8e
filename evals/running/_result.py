"""What a suite run gave: what was asked, of which models and program, and what each attempt left behind."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from overread.evals._paired import Paired
from overread.evals._scenario import Variant
from overread.evals._verdict import Verdict
from overread.records import content_digest

ScorerKind = Literal["gate", "score"]


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True)


class ScoreRow(_Frozen):
    """What one scorer said of one attempt."""

    scorer: str
    dimension: str
    kind: ScorerKind
    """A gate that fails fails the attempt; a score is told."""
    passed: bool | None
    """None where there was nothing to check."""
    reason: str = ""
    value: float | None = None
    """The figure of a score, where its scorer gives one."""


class Sentence(_Frozen):
    """A sentence of the draft, or one that was withheld."""

    section: str
    text: str
    citations: tuple[str, ...]
    """Ids of evidence."""
    withheld: str | None = None
    """Why it does not stand in the draft."""


class Said(_Frozen):
    """One piece of evidence."""

    id: str
    tool: str
    text: str
    place: str
    """SOP Instance UID and frame."""


class Told(_Frozen):
    """A finding, conflict, alert or failure in words."""

    kind: Literal["finding", "conflict", "alert", "failure"]
    name: str
    state: str
    text: str = ""


class Observed(_Frozen):
    """What an attempt left behind, enough to see why it was scored so; without times and paths."""

    status: str
    refusal: str | None
    notes: tuple[str, ...]
    cases: int
    tool_runs: dict[str, int]
    sentences: tuple[Sentence, ...] = ()
    evidence: tuple[Said, ...] = ()
    told: tuple[Told, ...] = ()


def place_of(scenario: str, variant: Variant, repeat: int) -> str:
    """Name an attempt whatever profile it is of."""
    return f"{scenario} {variant}" + (f" {repeat + 1}" if repeat else "")


class EvalRow(_Frozen):
    """One attempt at one variant of one scenario under one profile."""

    profile: str
    scenario: str
    number: int | None
    variant: Variant
    repeat: int = 0
    seed: int = 0
    purpose: str
    tags: tuple[str, ...] = ()
    tier: str = "T0"
    gate_passed: bool
    scores: tuple[ScoreRow, ...]
    reason: str
    """Gates that failed, with what each says."""
    observed: Observed | None = None
    """None where the run itself stopped."""
    picture: str | None = None
    """Digest of the study's specification, by which its picture lies beside the results."""
    seconds: float

    @property
    def place(self) -> str:
        """Name the attempt whatever profile it is of."""
        return place_of(self.scenario, self.variant, self.repeat)


class ModelIdentity(_Frozen):
    """Which model plays a role."""

    role: str
    backend: str
    model: str
    weights_digest: str | None
    """None where they are not known: nothing that such a profile gave is used again."""


class ProfileIdentity(_Frozen):
    """A profile with the weights behind it."""

    name: str
    models: tuple[ModelIdentity, ...]
    digest: str
    """SHA-256 over the profile as read and the digests of its weights."""

    @property
    def known(self) -> bool:
        """Say whether the digest of all weights is known."""
        return all(model.weights_digest is not None for model in self.models)


class Selection(_Frozen):
    """Which scenarios of a suite were asked for; empty means all."""

    tiers: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    names: tuple[str, ...] = ()


class EvalSpec(_Frozen):
    """All that a run depends on but models and program."""

    suite: str
    profiles: tuple[str, ...]
    selection: Selection = Selection()
    seed: int = 0
    repeats: int = 1
    scorers: tuple[str, ...] = ()
    scenarios: dict[str, Any] = {}
    """Name to the scenario as it was read."""


class EvalSummary(_Frozen):
    """How a profile did: runs that passed, and whole scenarios with the 95 % Wilson interval of their rate."""

    profile: str
    passed: int
    total: int
    scenarios_passed: int
    """Of which the scenario, its twin and every repeat passed: these are independent of each other, runs are not."""
    scenarios: int
    low: float
    high: float


class DimensionRate(_Frozen):
    """Of the scenarios in which a dimension was checked, those in which it never failed."""

    profile: str
    dimension: str
    kind: ScorerKind
    passed: int
    total: int
    low: float
    high: float


class PassAtK(_Frozen):
    """pass^k (tau-bench): the share of variants with at least k attempts of which k drawn at random all pass."""

    profile: str
    k: int
    value: float
    low: float
    high: float
    variants: int


class EvalResult(_Frozen):
    """The whole run; `results.json` is this."""

    schema_version: int = 2
    suite: str
    overread_version: str
    spec: EvalSpec
    versions: dict[str, str]
    """Program, source digest, Python and libraries."""
    profiles: tuple[ProfileIdentity, ...]
    rows: tuple[EvalRow, ...]
    summary: tuple[EvalSummary, ...]
    dimensions: tuple[DimensionRate, ...]
    reliability: tuple[PassAtK, ...] = ()
    compared: tuple[Paired, ...] = ()
    """Every two profiles, on the scenarios that both ran."""
    verdict: Verdict | None = None
    """Beside the baseline that was given."""
    digest: str = ""
    """SHA-256 over what was asked and what came of it, times and versions left out: a rerun gives the same."""

    @property
    def gates_passed(self) -> bool:
        """Say whether no gate failed in any row."""
        return all(row.gate_passed for row in self.rows)

    def digested(self) -> "EvalResult":
        """Give the result with its own digest."""
        told = {
            "spec": self.spec.model_dump(mode="json"),
            "profiles": [profile.digest for profile in self.profiles],
            "rows": [_timeless(row) for row in self.rows],
        }
        return self.model_copy(update={"digest": content_digest(told, length=64)})


def _timeless(row: EvalRow) -> dict[str, Any]:
    """Give a row without its time, and without the words of alerts: these name the tool that was first to see it."""
    told: dict[str, Any] = row.model_dump(mode="json", exclude={"seconds"})
    for one in (told["observed"] or {"told": ()})["told"]:
        if one["kind"] == "alert":
            del one["text"]
    return told
