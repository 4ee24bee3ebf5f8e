"""What a profile's classification says of labelled films, and what of it the reading would hear."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from overread import plugins
from overread.composition import trust_in
from overread.fairness.groups import groups_of
from overread.measuring.film import Film, Films
from overread.measuring.studio import Studio, open_studio
from overread.ports import Tool
from overread.reasoning.alerts import alerts_in
from overread.reasoning.opinions import score_status
from overread.reasoning.votes import votes_in
from overread.records import Case, Score, Trust
from overread.settings import Profile, Settings

TOOL = "classification"
NORMAL, DEVICES = "No Finding", "Support Devices"
Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Told:
    """One label of one film."""

    chance: float
    """Probability, 0 to 1, as the tool gives it."""
    called: bool
    """At or above the operating point, and not in the band that abstains."""
    voted: bool
    """Whether the reading hears it at all (`reasoning.votes`)."""


@dataclass(frozen=True)
class Seen:
    """One film, and what was said of it."""

    patient: str
    truth: Mapping[str, bool]
    groups: Mapping[str, str]
    """Trait to group; a trait that is not known is missing."""
    told: Mapping[str, Told]
    alerts: frozenset[str]
    """Labels that would call somebody at once."""

    @property
    def healthy(self) -> bool:
        """Say whether the table states that nothing is there; where it has no such column, that no known label is."""
        if NORMAL in self.truth:
            return self.truth[NORMAL]
        known = [there for label, there in self.truth.items() if label != DEVICES]
        return bool(known) and not any(known)


def look(films: Films, profile: Profile, settings: Settings, progress: Progress) -> tuple[list[Seen], dict[str, int]]:
    """Show films to the profile's tool `classification`, and count why some were not read.

    Raises `Unavailable` when its model cannot be had.
    """
    trust = trust_in(profile, settings)
    with open_studio(settings, profile.roles) as studio:
        tool = plugins.builder("tools", TOOL)(studio.parts)
        found = []
        for place, film in enumerate(films.films):
            progress(place, len(films.films))
            seen = _seen(studio, tool, film, trust)
            if seen is not None:
                found.append(seen)
        progress(len(films.films), len(films.films))
        return found, dict(studio.refused)


def _seen(studio: Studio, tool: Tool, film: Film, trust: Trust) -> Seen | None:
    work = studio.work(film)
    evidence = studio.evidence(tool, work) if work else None
    if evidence == ():
        studio.refused["no label scored"] += 1
    if work is None or not evidence:
        return None
    case = Case(case_id="audit", profile="audit", study=work.study)
    voted = {vote.label for vote in votes_in(case, evidence, trust)}
    alerts = alerts_in(case, evidence, datetime.now(UTC), trust)
    scores = [item.payload for item in evidence if isinstance(item.payload, Score)]
    return Seen(
        patient=film.patient,
        truth=film.labels,
        groups=groups_of(film.traits, work.study, work.image, film.row),
        told={
            score.label: Told(score.probability, score_status(score) == "present", score.label in voted)
            for score in scores
        },
        alerts=frozenset(alert.label for alert in alerts),
    )
