"""What readers did with the drafts: accepted, edited, rejected, how fast; for all, by reader and by profile."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path

import yaml

from overread.oversight.facts import CaseFacts
from overread.oversight.shares import Share, Times
from overread.records import SECTIONS, Record


class ReadingSpeed(Record):
    """From where on a signature is suspected to be a rubber stamp, with the sources (`reading_speed.yaml`)."""

    words_per_minute: float
    words_per_minute_source: str
    seconds_per_decision: float
    seconds_per_decision_source: str
    accepted_in_a_row: int
    accepted_in_a_row_source: str

    def seconds(self, words: int, decisions: int = 0) -> float:
        """Give the seconds that a fast reader takes for so many words and decisions."""
        return words / self.words_per_minute * 60 + decisions * self.seconds_per_decision


class Actions(Record):
    """What was done with statements of one kind: shares of those that were decided."""

    name: str
    accepted: Share
    edited: Share
    rejected: Share


class Figures(Record):
    """What one group of cases says: all of them, one reader's, one profile's."""

    name: str
    cases: int
    signed: int
    drafts_rejected: Share
    drafts_sent_back: Share
    untouched: Share
    """Signed with every statement as drafted."""
    statements: Actions
    sections: tuple[Actions, ...]
    findings: tuple[Actions, ...]
    seconds_to_sign: Times
    too_fast: Share
    """Signed faster than a fast reader reads the words that waited for a decision, and decides."""
    hurried: Share
    """Signed so with a reason, which the page asks for (setting `reading_alarm`); of those signed too fast."""
    longest_run: int
    """Most cases in a row that one reader signed without a change."""


class Suspicion(Record):
    """Why a reader's signatures look like rubber stamps; a reason to ask, not a finding."""

    reader: str
    kind: str
    """`too_fast`, or `accepted_in_a_row`."""
    message: str


class Tally:
    """Counts cases of one group as they pass."""

    def __init__(self, name: str, speed: ReadingSpeed) -> None:
        self._name = name
        self._speed = speed
        self._cases: Counter[str] = Counter()
        self._actions: dict[str, Counter[str]] = defaultdict(Counter)
        self._by_finding: dict[str, Counter[str]] = defaultdict(Counter)
        self._seconds: list[float] = []
        self._runs: Counter[str] = Counter()
        self._longest = 0

    def add(self, facts: CaseFacts) -> None:
        """Count a case; cases come in the order in which they were decided."""
        seconds = facts.seconds
        self._cases.update(
            {
                "all": 1,
                "signed": facts.signed,
                "sent_back": facts.sent_back > 0,
                "untouched": facts.untouched,
                "timed": facts.signed and seconds is not None,
                "opened": facts.signed and facts.opened,
                "too_fast": self._too_fast(facts),
                "hurried": facts.hurried and self._too_fast(facts),
            }
        )
        if facts.signed and seconds is not None:
            self._seconds.append(seconds)
        for made in facts.decisions if facts.signed else ():
            self._actions[made.section][made.action] += 1
            for label in made.labels:
                self._by_finding[label][made.action] += 1
        self._runs[facts.reader] = self._runs[facts.reader] + 1 if facts.untouched else 0
        self._longest = max(self._longest, self._runs[facts.reader])

    def _too_fast(self, facts: CaseFacts) -> bool:
        least = self._speed.seconds(facts.words, facts.decided)
        return facts.signed and facts.seconds is not None and facts.seconds < least

    @property
    def figures(self) -> Figures:
        """Give the figures of what was counted so far."""
        cases = self._cases
        together = sum(self._actions.values(), Counter[str]())
        return Figures(
            name=self._name,
            cases=cases["all"],
            signed=cases["signed"],
            drafts_rejected=Share.of(cases["all"] - cases["signed"], cases["all"]),
            drafts_sent_back=Share.of(cases["sent_back"], cases["all"]),
            untouched=Share.of(cases["untouched"], cases["signed"]),
            statements=_actions("all statements", together),
            sections=tuple(_actions(name, self._actions[name]) for name in SECTIONS if name in self._actions),
            findings=tuple(_actions(name, counts) for name, counts in sorted(self._by_finding.items())),
            seconds_to_sign=Times.of(self._seconds, cases["opened"]),
            too_fast=Share.of(cases["too_fast"], cases["timed"]),
            hurried=Share.of(cases["hurried"], cases["too_fast"]),
            longest_run=self._longest,
        )


class Tallies:
    """Counts cases for all, by reader and by profile."""

    def __init__(self) -> None:
        self._speed = reading_speed()
        self._all = Tally("all", self._speed)
        self._readers: dict[str, Tally] = {}
        self._profiles: dict[str, Tally] = {}

    def add(self, facts: CaseFacts) -> None:
        """Count a case in each of its groups."""
        self._all.add(facts)
        self._readers.setdefault(facts.reader, Tally(facts.reader, self._speed)).add(facts)
        self._profiles.setdefault(facts.profile, Tally(facts.profile, self._speed)).add(facts)

    @property
    def all(self) -> Figures:
        """Give the figures of all cases."""
        return self._all.figures

    @property
    def readers(self) -> tuple[Figures, ...]:
        """Give the figures of each reader, by name as signed."""
        return tuple(tally.figures for _, tally in sorted(self._readers.items()))

    @property
    def profiles(self) -> tuple[Figures, ...]:
        """Give the figures of each profile, by name."""
        return tuple(tally.figures for _, tally in sorted(self._profiles.items()))


def suspicions(readers: Iterable[Figures], speed: ReadingSpeed) -> tuple[Suspicion, ...]:
    """Name the readers whose signatures were faster than reading, or ran on without one change."""
    found = []
    for reader in readers:
        fast, run = reader.too_fast, reader.longest_run
        if fast.hits:
            pace = f"{speed.words_per_minute:g} words a minute"
            message = f"{fast.hits} of {fast.n} signatures came faster than the draft can be read at {pace}"
            found.append(Suspicion(reader=reader.name, kind="too_fast", message=message))
        if run >= speed.accepted_in_a_row:
            message = f"{run} drafts in a row were signed without one change"
            found.append(Suspicion(reader=reader.name, kind="accepted_in_a_row", message=message))
    return tuple(found)


@cache
def reading_speed() -> ReadingSpeed:
    """Read the limits that ship."""
    return ReadingSpeed.model_validate(yaml.safe_load((Path(__file__).parent / "reading_speed.yaml").read_text()))


def _actions(name: str, counts: Mapping[str, int]) -> Actions:
    n = sum(counts.values())
    accepted, edited, rejected = (Share.of(counts.get(key, 0), n) for key in ("accept", "edit", "reject"))
    return Actions(name=name, accepted=accepted, edited=edited, rejected=rejected)
