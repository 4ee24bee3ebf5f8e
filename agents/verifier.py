"""Test every statement of a draft against the evidence it cites; what does not follow from it may not stand."""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Literal, NamedTuple

from overread.agents._sentences import MOST_TRUSTED
from overread.agents._wording_checks import (
    changes_without_source,
    comparison_without_prior,
    dates_without_source,
    numbers_without_source,
    views_not_acquired,
)
from overread.labeler import assertions
from overread.ports import EvidenceIndex
from overread.protocol import quoted
from overread.reasoning.citations import is_of_prior, objections
from overread.reasoning.entailment import Verdict, about_labels, against_evidence, against_findings
from overread.reasoning.opinions import Vote
from overread.reasoning.projection import HEADER_KEYWORD
from overread.reasoning.votes import hear
from overread.records import (
    SECTIONS,
    Answer,
    Assertion,
    Case,
    DraftReport,
    Evidence,
    Finding,
    HeaderValue,
    Measurement,
    Objection,
    Outlook,
    Section,
    Statement,
    Trust,
    Withheld,
)

QUOTED: tuple[Section, ...] = ("indication",)
"""Says what was asked, not what was seen: only its citations are tested."""
COMPARED = frozenset({"change", "growth", "registration"})
"""What rests on two pictures."""
SEEN = frozenset({"score", "mask", "box", "measurement", "answer", "claim"})
CITABLE: Mapping[Section, frozenset[str]] = {
    "indication": frozenset({"order"}),
    "technique": frozenset({"header", "measurement", "gate"}),
    "comparison": COMPARED | {"prior"},
    "findings": SEEN | COMPARED,
    "impression": SEEN | COMPARED | {"unassessed", "order", "rule"},
    "limitations": SEEN | COMPARED | {"outlook", "lettering", "gate", "run", "rule", "unassessed", "order"},
}
"""Kinds of evidence that can support a sentence of a section; anything else is a citation that fills."""
OPINIONS = frozenset({"score", "box", "answer", "claim"})
"""Kinds whose every item speaks of labels."""
ABOUT_THE_READING: tuple[Section, ...] = ("technique", "comparison", "limitations")
"""Counts images, tools and conflicts; such numbers are not measurements."""
_DISAGREEMENT = re.compile(
    r"\b(?:disagree\w*|conflict\w*|contradict\w*|unresolved|discordant|not confirmed|does not support|speaks? against"
    r"|according to)\b",
    re.IGNORECASE,
)


About = Literal["uncited", "side", "negation", "measurement", "prior", "view"]
"""What of a sentence is in doubt: what it rests on, where it puts something, whether that is there, a number, the time
before, a view."""


class Doubt(NamedTuple):
    """An objection, and what of the sentence it is about."""

    about: About
    objection: Objection


class Material(NamedTuple):
    """What a statement is held against."""

    case: Case
    findings: Sequence[Finding]
    evidence: EvidenceIndex
    votes: Sequence[Vote]
    """What every item of the evidence says of each label; sides come from all of it together."""
    opinions: Mapping[str, frozenset[str]]
    """Evidence id to the labels that it speaks of, with a vote or without."""


def verify(
    draft: DraftReport,
    case: Case,
    findings: Sequence[Finding],
    evidence: EvidenceIndex,
    trust: Trust | None = None,
) -> tuple[Objection, ...]:
    """List every objection to a draft, in the order of its statements; empty when all of it may stand.

    `trust` says which evidence has a vote, and so can carry a sentence; None = all of it.
    """
    return tuple(doubt.objection for doubt in doubts(draft, case, findings, evidence, trust))


def doubts(
    draft: DraftReport,
    case: Case,
    findings: Sequence[Finding],
    evidence: EvidenceIndex,
    trust: Trust | None = None,
) -> tuple[Doubt, ...]:
    """List the objections of `verify`, each with what it is about."""
    heard = hear(case, evidence.all(), trust)
    opinions: dict[str, set[str]] = defaultdict(set)
    for vote in (*heard.votes, *heard.silent):
        opinions[vote.evidence_id].add(vote.label)
    labels = {identity: frozenset(names) for identity, names in opinions.items()}
    material = Material(case, findings, evidence, heard.votes, labels)
    return tuple(
        doubt
        for section in SECTIONS
        for statement in draft.sections.get(section, ())
        for doubt in _doubts(section, statement, material)
    )


def withhold(draft: DraftReport, found: Sequence[Objection]) -> DraftReport:
    """Move the statements that are objected to out of the report, each with its objections, for the reviewer to see."""
    against: dict[str, tuple[Objection, ...]] = {}
    for objection in found:
        against[objection.statement_id] = (*against.get(objection.statement_id, ()), objection)
    kept: dict[Section, tuple[Statement, ...]] = {}
    withheld = list(draft.withheld)
    for section in SECTIONS:
        statements = draft.sections.get(section, ())
        withheld += [
            Withheld(section=section, statement=s, objections=against[s.id]) for s in statements if s.id in against
        ]
        if section in draft.sections:
            kept[section] = tuple(statement for statement in statements if statement.id not in against)
    return draft.model_copy(update={"sections": kept, "withheld": tuple(withheld)})


def _doubts(section: Section, statement: Statement, material: Material) -> tuple[Doubt, ...]:
    """Test citations first: what a sentence says is only compared with evidence that resolves."""
    broken = objections(statement, material.evidence, material.case)
    if broken:
        return tuple(Doubt("uncited", objection) for objection in broken)
    quoted = section in QUOTED
    verdicts = () if quoted else (*_about_findings(statement, material), *_about_words(section, statement, material))
    found = tuple(
        Doubt(about, Objection(statement_id=statement.id, kind=kind, message=message))
        for about, (kind, message) in verdicts
    )
    return found or tuple(Doubt("uncited", objection) for objection in _fillers(section, statement, material))


def own_words(statement: Statement, material: Material) -> str:
    """Give a sentence without what it quotes word for word of what it cites and that is bound to no label.

    These are answers, and what a site calls an outcome.
    """
    text = statement.text
    for item in map(material.evidence.get, statement.citations):
        match item.payload if item else None:
            case Answer(label=None, question=question, answer=answer):
                text = text.replace(quoted(question), "this").replace(quoted(answer), "so")
            case Outlook(outcome=outcome, horizon=horizon):
                text = text.replace(f"'{outcome}'", "it").replace(f" within {horizon}", "")
    return text


def _fillers(section: Section, statement: Statement, material: Material) -> tuple[Objection, ...]:
    """List citations that cannot support a sentence of this section, or that speak of something else."""
    cited = [item for item in map(material.evidence.get, statement.citations) if item is not None]
    found = [f"a {item.payload.kind}" for item in cited if item.payload.kind not in CITABLE[section]]
    if section == "technique":
        found += [_what(item) for item in cited if not _is_of_view(item)]
    if section in ("findings", "impression"):
        about = about_labels(assertions(own_words(statement, material)))
        found += [
            _what(item)
            for item in cited
            if about and _is_opinion(item, material.case) and not about & material.opinions.get(item.id, frozenset())
        ]
    message = "cites {}, which does not support such a sentence"
    return tuple(
        Objection(statement_id=statement.id, kind="irrelevant", message=message.format(what))
        for what in dict.fromkeys(found)
    )


def _is_opinion(item: Evidence, case: Case) -> bool:
    """Say whether evidence speaks of labels in this study: what was seen in a prior has no vote here."""
    return item.payload.kind in OPINIONS and not is_of_prior(item, case)


def _is_of_view(item: Evidence) -> bool:
    """Say whether evidence is about how the picture was taken."""
    match item.payload:
        case HeaderValue(keyword=keyword):
            return keyword == HEADER_KEYWORD
        case Measurement(name=name):
            return name.startswith("view_")
        case _:
            return True


def _what(item: Evidence) -> str:
    named = getattr(item.payload, "keyword", None) or getattr(item.payload, "label", None)
    return f"a {item.payload.kind}" + (f" of {named}" if named else "")


def _about_findings(statement: Statement, material: Material) -> Iterator[tuple[About, Verdict]]:
    """A sentence that reports a disagreement needs evidence for what it reports, not the merged finding's agreement.

    One that says what the most trusted tool says, which decided the finding, needs its status.
    """
    votes = [vote for vote in material.votes if vote.evidence_id in statement.citations]
    reports_dissent = _DISAGREEMENT.search(statement.text) is not None
    names_decider = MOST_TRUSTED in statement.text

    def against(said: Assertion) -> Verdict | None:
        verdict = against_evidence(said, votes)
        if verdict or (reports_dissent and not names_decider):
            return verdict
        decided = said.model_copy(update={"laterality": None}) if reports_dissent else said
        return against_findings(decided, material.findings)

    for said in assertions(own_words(statement, material)):
        verdict = against(said)
        if verdict is not None:
            placed = said.laterality is not None and against(said.model_copy(update={"laterality": None})) is None
            yield "side" if placed else "negation" if verdict[0] == "contradicted" else "uncited", verdict


def _about_words(section: Section, statement: Statement, material: Material) -> Iterator[tuple[About, Verdict]]:
    text, case, about_reading = own_words(statement, material), material.case, section in ABOUT_THE_READING
    cited = [item for item in map(material.evidence.get, statement.citations) if item is not None]
    for number in numbers_without_source(text, case, cited, counts=about_reading):
        yield "measurement", ("unsupported", f"gives the number {number}; nothing that it cites measures it")
    for date in dates_without_source(text, case, cited):
        yield "prior", ("unsupported", f"gives the date {date}; no study of this case has it")
    word = comparison_without_prior(text, case, cited)
    if word is not None:
        yield "prior", ("unsupported", f"compares ('{word.lower()}') and cites nothing of a prior")
    labels = {said.label for said in assertions(text)}
    for course in changes_without_source(text, labels, cited):
        told = f"says {course.replace('_', ' ')}; no comparison of both pictures that it cites says so"
        yield "prior", ("unsupported", told)
    for view in views_not_acquired(text, case) if section != "limitations" else ():
        yield "view", ("unsupported", f"names the {view} view, which the study has not")
