"""Lay a case out for reading: sections, numbered citations, and everything that did not go smoothly."""

from dataclasses import dataclass
from typing import Literal

from overread.outputs.alert_text import alert_words
from overread.outputs.day_text import day_words
from overread.outputs.evidence_text import maker_of, place_of, value_of, words
from overread.outputs.signature_text import (
    newer_words,
    preliminary_words,
    signature_words,
    signed_words,
    version_lines,
)
from overread.outputs.statement_view import (
    SectionView,
    WithheldView,
    cited_ids,
    language_notes,
    numbering,
    section_views,
    withheld_views,
)
from overread.records import CaseFile, Conflict, Evidence, GateVerdict, Refusal, RunOutcome, Study

DRAFT_BANNER = "DRAFT – NOT SIGNED"
SYNTHETIC_BANNER = "SYNTHETIC PHANTOM – NOT A PATIENT"
GENERATED_BANNER = "SYNTHETIC IMAGE – NO FAITHFUL PICTURE OF A PATIENT"
REPLACED_BANNER = "REPLACED by a later read of the same study – NOT TO BE SIGNED"
RESEARCH_USE = "Research use. Not a medical device."


@dataclass(frozen=True)
class Source:
    """One numbered piece of evidence."""

    number: int
    id: str
    value: str
    maker: str
    place: str
    cited: bool


@dataclass(frozen=True)
class Document:
    """A report ready to be rendered: text only, nothing escaped yet."""

    kind: Literal["draft", "final", "refused", "failed", "rejected"]
    title: str
    banners: tuple[str, ...]
    facts: tuple[tuple[str, str], ...]
    alerts: tuple[str, ...]
    sections: tuple[SectionView, ...]
    withheld: tuple[WithheldView, ...]
    conflicts: tuple[str, ...]
    failures: tuple[str, ...]
    notes: tuple[str, ...]
    addenda: tuple[str, ...]
    """What was added to the signed report, each with who added it when."""
    versions: tuple[str, ...]
    """Every signed state of the report in a line, the newest first; none where there is but one final report."""
    sources: tuple[Source, ...]
    closing: str

    @property
    def cited(self) -> tuple[Source, ...]:
        """Give the sources that a sentence cites, by number."""
        return tuple(source for source in self.sources if source.cited)

    @property
    def uncited(self) -> tuple[Source, ...]:
        """Give the sources that no sentence cites, by number."""
        return tuple(source for source in self.sources if not source.cited)


def document_of(file: CaseFile) -> Document:
    """Lay out a case file: the final report once it is signed, the draft before, the reason when there is neither."""
    kind = _kind(file)
    return Document(
        kind=kind,
        title="Preliminary report" if kind == "draft" and file.preliminary else _TITLES[kind],
        banners=_banners(file, kind),
        facts=_facts(file),
        alerts=_alerts(file),
        sections=section_views(file),
        withheld=() if file.final else withheld_views(file),
        conflicts=tuple(_conflict(item) for item in file.conflicts if item.resolution == "open"),
        failures=tuple(f"{item.tool} ({words(item.kind)}): {item.message}" for item in file.failures),
        notes=_notes(file),
        addenda=tuple(f"{item.text} ({item.author}, {item.at:%Y-%m-%d %H:%M %Z})" for item in file.addenda),
        versions=version_lines(file),
        sources=_sources(file),
        closing=_closing(file, kind),
    )


_TITLES = {
    "draft": "Draft report",
    "final": "Radiology report",
    "refused": "Refused at the gate",
    "failed": "Not finished",
    "rejected": "Rejected draft",
}


def _kind(file: CaseFile) -> Literal["draft", "final", "refused", "failed", "rejected"]:
    if file.final is not None:
        return "final"
    if file.status in ("refused", "rejected"):
        return "refused" if file.status == "refused" else "rejected"
    return "draft" if file.draft is not None else "failed"


def _banners(file: CaseFile, kind: str) -> tuple[str, ...]:
    """Give what must stand on top, each once: the draft's own banner may say some of it already."""
    own = file.draft.banner if file.draft and kind != "final" else ""
    wanted = (
        ("DRAFT", "" if kind == "final" else DRAFT_BANNER),
        *(("IDENTITY", f"IDENTITY ALERT – {alert}") for alert in _identity_alerts(file)),
        ("PRELIMINARY REPORT", preliminary_words(file.preliminary) if file.preliminary else ""),
        ("WAITS AGAIN", _reopened(file)),
        ("VERSION", newer_words(file)),
        ("ADDENDUM", _addendum(file)),
        ("REPLACED", REPLACED_BANNER if file.status == "replaced" else ""),
        ("SYNTHETIC", synthetic_banner(file.case.study)),
        ("RESEARCH USE", RESEARCH_USE),
    )
    rest = (text for word, text in wanted if text and word not in own.upper())
    return (*((own,) if own else ()), *rest)


def synthetic_banner(study: Study) -> str:
    """Say in capitals that a study is synthetic; nothing of one that is not."""
    if not study.synthetic:
        return ""
    return GENERATED_BANNER if study.generated else SYNTHETIC_BANNER


def _reopened(file: CaseFile) -> str:
    why = file.draft.reopened if file.draft and file.final is None else None
    return f"WAITS AGAIN – {why}" if why else ""


def _alerts(file: CaseFile) -> tuple[str, ...]:
    """Give this read's critical results, and those of the read whose place it took: they were told to nobody yet."""
    own = [alert_words(alert) for alert in file.alerts]
    before = file.case.follows.raised if file.case.follows else ()
    return (*own, *(f"Raised by the read before this one: {message}" for message in before))


def _identity_alerts(file: CaseFile) -> tuple[str, ...]:
    return tuple(alert.removeprefix("Identity alert: ") for alert in file.case.identity_alerts)


def _addendum(file: CaseFile) -> str:
    signed = file.case.follows.addendum_to if file.case.follows else None
    if signed is None:
        return ""
    when = f"{signed.signed_at:%Y-%m-%d %H:%M %Z}"
    return f"ADDENDUM to the report of case {signed.case_id}, signed by {signed.signed_by} on {when}, which stands"


def _facts(file: CaseFile) -> tuple[tuple[str, str], ...]:
    case = file.case
    known = (
        ("Case", file.case_id),
        ("Accession number", case.order.accession_number),
        ("Study Instance UID", case.study.uid),
        ("Study date", day_words(case.study.study_date or "")),
        ("Priority", case.order.priority),
        ("Models", f"profile {file.manifest.profile}, Overread {file.manifest.overread_version}"),
    )
    return tuple((name, value) for name, value in known if value)


def _conflict(item: Conflict) -> str:
    return f"{item.message} (rule {item.rule}, {item.severity})"


def _notes(file: CaseFile) -> tuple[str, ...]:
    """Give what the gate and the planner noted, and the tools that were not run; each once, and no sentence's again."""
    noted = file.gate.notes if file.gate else file.case.input_notes
    planned = file.plan.notes if file.plan else ()
    told, spared = _told(file)
    skipped = tuple(
        f"{tool} was not run: {why}" for tool, why in (file.plan.skipped if file.plan else ()) if tool not in spared
    )
    kept = (note for note in (*noted, *planned) if note not in told)
    return tuple(dict.fromkeys((*kept, *skipped, *language_notes(file))))


def _told(file: CaseFile) -> tuple[frozenset[str], frozenset[str]]:
    """Give the notes, and the tools that were not run, of which a sentence of the report tells: it cites them."""
    cited = set(cited_ids(file))
    payloads = [item.payload for item in file.evidence if item.id in cited]
    notes = (payload.text for payload in payloads if isinstance(payload, GateVerdict))
    tools = (
        payload.of_tool for payload in payloads if isinstance(payload, RunOutcome) and payload.outcome == "skipped"
    )
    return frozenset(notes), frozenset(tools)


def _sources(file: CaseFile) -> tuple[Source, ...]:
    numbers, cited = numbering(file), set(cited_ids(file))
    found = [_source(item, numbers[item.id], item.id in cited) for item in file.evidence]
    return tuple(sorted(found, key=lambda source: source.number))


def _source(item: Evidence, number: int, cited: bool) -> Source:
    return Source(number, item.id, value_of(item.payload), maker_of(item.provenance), place_of(item.locator), cited)


def _closing(file: CaseFile, kind: str) -> str:
    if file.final is not None:
        return " ".join((signed_words(file.final.signed_by, file.final.signed_at), *signature_words(file)))
    if kind == "refused":
        return refusal_text(file.gate.refusal if file.gate else None)
    if kind == "rejected":
        return f"Rejected by {file.review.reviewer}: {file.review.comment}" if file.review else "Rejected."
    if kind == "failed":
        return file.error or f"The case is {words(file.status)}; there is no draft yet."
    return "Waiting for review. Nothing here is final until a radiologist has signed it."


def refusal_text(refusal: Refusal | None) -> str:
    """Say a refusal in one line: reason, what is wrong, what to do next."""
    if refusal is None:
        return "Refused without a reason on file."
    return f"{refusal.reason}: {refusal.detail.rstrip('.')}. {refusal.next_step}"
