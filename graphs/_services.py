"""What the nodes work with; handed in by the composition root, never kept in the state."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol as Shape

from overread.agents._styles import Style, load_style
from overread.errors import SettingsError
from overread.observing.events import Observers
from overread.ports import Artifacts, ChatBackend, Pixels, Rule, Tool
from overread.protocol import Protocol
from overread.protocols.chest_radiograph import CHEST
from overread.records import (
    Alert,
    CaseFile,
    Trust,
)
from overread.settings import Settings
from overread.signed_text._check import signed_rules
from overread.signed_text._signed import SignedRule
from overread.tools._outline import Prompted


class Ledger(Shape):
    """The part of the case store that nodes write to; every call may be repeated without a second effect."""

    def headers(self, case_id: str) -> Mapping[str, Mapping[str, str]]: ...

    def raise_alert(self, case_id: str, alert: Alert) -> bool: ...

    def alerts(self, case_id: str) -> tuple[Alert, ...]: ...

    def file(self, case_id: str) -> CaseFile | None: ...

    def whole(self, file: CaseFile) -> CaseFile: ...

    def write(self, case_id: str, event: str, **detail: object) -> None: ...


def index_nothing(_file: CaseFile) -> None:
    """Keep no index of signed cases."""


def tells_nothing() -> None:
    """Know no name for this program and its settings."""


def finds_none(name: str) -> "Services":
    """Know no other protocol."""
    raise SettingsError(f"nothing reads by the protocol '{name}' here; name it in the setting 'protocols'")


@dataclass(frozen=True)
class LanguageModel:
    """A language model in the role of the planner or the drafter."""

    name: str
    load: Callable[[], ChatBackend]
    """Gives the backend, built at its first use; raises `Unavailable` where its files are not on this machine."""


@dataclass(frozen=True)
class Services:
    """What reads by one protocol; `under` gives those of another."""

    tools: Mapping[str, Tool]
    """Enabled tools by name."""
    rules: Sequence[Rule]
    trust: Trust
    pixels: Pixels
    artifacts: Artifacts
    ledger: Ledger
    settings: Settings
    clock: Callable[[], datetime]
    deliver: Callable[[CaseFile], None]
    """Puts a signed report where it belongs; keyed by the case, so that twice is once."""
    program: Callable[[], str | None] = tells_nothing
    """Names this program, its settings and files: a tool's answer stands in the next read while they are the same."""
    index: Callable[[CaseFile], None] = index_nothing
    """Told of a case after its signature, for it to be found later; no node uses it, and it raises nothing."""
    planner: LanguageModel | None = None
    """None: the rules alone plan."""
    drafter: LanguageModel | None = None
    """None: every sentence is as code composed it."""
    outline: Callable[[Prompted], Tool] | None = None
    """Gives a tool that outlines what it is prompted by, where the profile names a model for that; no node uses it."""
    place: Callable[[str], Tool] | None = None
    """Gives a tool that places a label which another model answers for, where there is a network; no node uses it."""
    style: Style = field(default_factory=load_style)
    signed_rules: Sequence[SignedRule] = field(default_factory=signed_rules)
    """Read a report once more when it is signed; no node uses them."""
    observers: Observers = field(default_factory=Observers)
    """Who is told of runs, steps and model calls; no node uses them."""
    protocol: Protocol = CHEST
    """Whose tools, rules and trust these are."""
    protocols: Sequence[Protocol] = (CHEST,)
    """What the gate may choose from, in the order in which it asks."""
    find: Callable[[str], "Services"] = finds_none
    """Gives the services of another protocol by its name; raises `SettingsError` where there is none."""

    def under(self, protocol: str) -> "Services":
        """Give the services of the protocol that a case is read by, enabled for new ones or not."""
        return self if protocol == self.protocol.name else self.find(protocol)
