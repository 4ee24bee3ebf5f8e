"""Which opinions have a vote, and what it says.

Without figures an item's own words are its opinion. With them it has a vote only where its voter was measured on the
kind of study at hand, and says what that measurement lets it say (`predictive`); the rest is kept as silent. What the
reviewer says has a vote as it stands: whose report it is needs no figures.
"""

import threading
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from operator import is_

from overread.reasoning.bound import supported_score, supported_word
from overread.reasoning.consistency import inconsistent
from overread.reasoning.opinions import Vote, image_of, is_partial, is_seen_here, opinions_in
from overread.reasoning.predictive import EVEN, Voice, may_say, of_score, of_word, shifted
from overread.reasoning.projection import projection_of
from overread.reasoning.trust import voter
from overread.reasoning.vocabulary import TERMS
from overread.records import (
    REVIEWER,
    Case,
    Evidence,
    Mask,
    Measurement,
    Performance,
    Score,
    Trust,
    Voices,
)

LOW_MASK_QUALITY = 0.85
"""Expected Dice under which a measurement taken from the mask has no vote."""


@dataclass(frozen=True)
class Heard:
    """What the evidence of a study says with a vote, and what it says without one."""

    votes: tuple[Vote, ...]
    silent: tuple[Vote, ...]
    """Opinions without a vote: of a voter that was not measured on this kind of study, of one that was measured to
    tell too little, or under circumstances that it was not measured in; and answers that contradict others of the same
    model (`consistency`)."""


def votes_in(case: Case, items: Iterable[Evidence], trust: Trust | None = None) -> tuple[Vote, ...]:
    """List the votes that evidence of this study has; without `trust` every opinion that it holds, as it stands."""
    return hear(case, items, trust).votes


class _LastHeard:
    """What was last heard of the very same evidence: each rule of a check asks for it."""

    def __init__(self, most: int) -> None:
        self._kept: deque[tuple[Case, tuple[Evidence, ...], Trust | None, Heard]] = deque(maxlen=most)
        self._lock = threading.Lock()

    def of(self, case: Case, items: tuple[Evidence, ...], trust: Trust | None) -> Heard:
        with self._lock:
            kept = tuple(self._kept)
        for of_case, of_items, by, heard in kept:
            # By identity, which is quick: a record never changes, and what is kept here lives.
            if of_case is case and by is trust and len(of_items) == len(items) and all(map(is_, of_items, items)):
                return heard
        heard = _heard(case, items, trust)
        with self._lock:
            self._kept.append((case, items, trust, heard))
        return heard


def hear(case: Case, items: Iterable[Evidence], trust: Trust | None = None) -> Heard:
    """Part the opinions of evidence into votes and silent ones; evidence located elsewhere has no opinion."""
    return _LAST.of(case, tuple(items), trust)


def _heard(case: Case, items: Sequence[Evidence], trust: Trust | None) -> Heard:
    own = [item for item in items if is_seen_here(case, item)]
    opinions = list(opinions_in(case, own))
    unsteady = inconsistent(own)
    if trust is None:
        held = [vote for vote, item in opinions if item.id not in unsteady]
        return Heard(tuple(held), tuple(vote for vote, item in opinions if item.id in unsteady))
    voices, poor = trust.on(case.study), _poor_masks(own)
    votes: list[Vote] = []
    silent: list[Vote] = []
    for vote, item in opinions:
        if item.tool == REVIEWER:
            votes.append(vote)
            continue
        heard = item.id not in unsteady and _is_fit(case, item, own, poor)
        voiced = _voiced(vote, item, voices) if heard else None
        if voiced is None:
            silent.append(vote)
        else:
            votes.append(voiced)
    return Heard(tuple(votes), tuple(silent))


_LAST = _LastHeard(8)
"""As many as a process reads cases side by side: a check asks of one some twenty times in a row."""


def _voiced(vote: Vote, item: Evidence, voices: Voices) -> Vote | None:
    """Give a vote as what was measured of its voter lets it speak; None where it does not."""
    measured = voices.of(voter(item), vote.label)
    if measured is None:
        return None
    prevalence = voices.prevalence.of(vote.label, measured)
    voice = None if prevalence is None else _voice(vote, item, measured, prevalence)
    if voice is None:
        return None
    # A region was placed by what was measured to place; words name a side as they were measured to.
    sided = item.locator.region is not None or measured.tells_sides
    partial = is_partial(vote.status, vote.laterality)
    if partial and not sided:
        return None
    return replace(
        vote,
        status=voice.status,
        laterality=vote.laterality if sided else None,
        zone=vote.zone if sided else None,
        trust=measured.figure,
        chance=voice.chance,
        prevalence=prevalence,
        supported=_is_supported(voice, item, measured, voices.risk),
    )


def _is_supported(voice: Voice, item: Evidence, measured: Performance, risk: float) -> bool:
    if voice.status == "uncertain":
        return False
    if isinstance(item.payload, Score) and measured.curve:
        return supported_score(voice.status, item.payload.probability, measured, risk)
    return supported_word(voice.status, measured, risk)


def _voice(vote: Vote, item: Evidence, measured: Performance, prevalence: float) -> Voice | None:
    category = TERMS[vote.label].critical
    if not isinstance(item.payload, Score):
        return of_word(vote.status, measured, prevalence, category)
    said = of_word(vote.status, measured, prevalence, category)
    if measured.curve:
        said = of_score(item.payload.probability, measured, prevalence, category)
    if said and said.status == "present" and vote.probability is not None:
        # What was measured of all high scores does not make this one likely, if by itself it is not.
        own = shifted(vote.probability, measured.prevalence, prevalence)
        return said if own >= EVEN else Voice("uncertain", own)
    return said


def may_speak(case: Case, tool: str, trust: Trust | None) -> bool:
    """Say whether a tool was measured to be worth hearing of any label on this kind of study; yes without figures."""
    if trust is None or tool == REVIEWER:
        return True
    voices = trust.on(case.study)
    return any(
        (prevalence := voices.prevalence.of(label, measured)) and may_say(measured, prevalence, TERMS[label].critical)
        for (name, label), measured in voices.table.items()
        if name == tool and label in TERMS
    )


def _is_fit(case: Case, item: Evidence, own: Sequence[Evidence], poor: frozenset[tuple[str, str]]) -> bool:
    """Say whether evidence came about under circumstances that were measured: a ratio on PA, from a good mask."""
    if not isinstance(item.payload, Measurement):
        return True
    image = image_of(case, item)
    if image is None or (item.tool, item.locator.sop_instance_uid) in poor:
        return False
    return projection_of(image, own).view == "PA"


def _poor_masks(items: Iterable[Evidence]) -> frozenset[tuple[str, str]]:
    return frozenset(
        (item.tool, item.locator.sop_instance_uid)
        for item in items
        if isinstance(item.payload, Mask)
        and item.payload.quality is not None
        and item.payload.quality < LOW_MASK_QUALITY
    )
