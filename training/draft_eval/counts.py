"""Hold one case file against what is known of its study: what would a perfect reader have to change in the draft?

A correction ("edit") is one of these, each counted once a label:

- taken out: stated as present or possible, and known to be absent;
- made sure: stated as possible, and known to be present;
- added: known to be present, and neither stated as present or possible nor covered by a kind of it that is (an opacity
  by a pneumonia); a label that only its kind implies is added only where the draft denies it;
- side: stated as present or possible on other sides than those that it is known to be on.

What the source does not know counts nothing, neither for nor against. "No Finding" sums up the others and is counted
apart. A finding is stated when a sentence under findings or impression names it; one that was withheld is not.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from overread.reasoning.entailment import KINDS, NO_FINDING
from overread.reasoning.vocabulary import TERMS
from training.draft_eval.truth import Truth

STATUSES = ("present", "uncertain", "absent", "not_assessed")
"""From the strongest word to the weakest."""
SEEN = ("present", "uncertain")
STATING = ("findings", "impression")
EDITS = ("taken out", "made sure", "added", "side")
Json = Mapping[str, Any]
Counts = dict[str, float]


def counts(file: Json, truth: Truth, *, withheld_too: bool = False) -> Counts:
    """Count what a case file says and gets right; `withheld_too` counts what the verifier withheld as said.

    Of a study without a draft only `studies` and `normal studies` are counted.
    """
    found: Counts = {"studies": 1, "normal studies": float(truth.normal)}
    if not file.get("draft"):
        return found
    findings = findings_in(file, withheld_too=withheld_too)
    opened = [conflict for conflict in file["conflicts"] if conflict["resolution"] == "open"]
    deciding = [one for one in _statements(file, withheld_too) if one.get("needs_decision", True)]
    found |= {
        "drafts": 1,
        "decisions": len(deciding),
        "conflicts open": len(opened),
        "with a conflict open": float(bool(opened)),
        "normal drafts": float(truth.normal),
        "normal with a conflict open": float(truth.normal and bool(opened)),
    }
    for label, finding in findings.items():
        _add(found, _of_finding(label, finding, truth))
    for alert in file["alerts"]:
        _add(found, {"alerts": 1, **_judged("alerts", truth.of(alert["label"]))})
    _add(found, {"alerts missing": len(_critical(truth) - {alert["label"] for alert in file["alerts"]})})
    for kind in EDITS:
        found[kind] = 0
    for kind, _ in edits(findings, truth):
        _add(found, {kind: 1, "edits": 1})
    found.setdefault("edits", 0)
    return found


def edits(findings: Mapping[str, Json], truth: Truth) -> Iterator[tuple[str, str]]:
    """Give each correction that a perfect reader makes, as its kind and its label."""
    stated = {label: one for label, one in findings.items() if one["stated"] and label != NO_FINDING}
    seen = {label: one for label, one in stated.items() if one["status"] in SEEN}
    for label, one in seen.items():
        there = truth.of(label)
        if there is False:
            yield "taken out", label
        if there and one["status"] == "uncertain":
            yield "made sure", label
        if there and _wrong_side(label, one["sides"], truth):
            yield "side", label
    for label in sorted(truth.present):
        if label not in seen and not seen.keys() & set(KINDS.get(label, ())):
            yield "added", label
    for label in sorted(truth.implied):
        if label in stated and label not in seen:
            yield "added", label


def _wrong_side(label: str, said: frozenset[str], truth: Truth) -> bool:
    """A side that is not said is not wrong; of a label that is implied, the sides of some of its kinds will do."""
    known = truth.sides.get(label, frozenset())
    if not said or not known:
        return False
    return said != known if label in truth.present else not said <= known


def _of_finding(label: str, finding: Json, truth: Truth) -> Counts:
    status, there = finding["status"], truth.of(label)
    if label == NO_FINDING:
        said = status == "present" and finding["stated"]
        return {"nothing acute": 1, "nothing acute true": float(truth.normal)} if said else {}
    found: Counts = {status: 1}
    if status in SEEN:
        found |= _judged(status, there)
    if status == "absent":
        found |= _judged(status, None if there is None else not there)
    if finding.get("supported") and there is not None:
        found |= {"supported": 1, **_judged("supported", there == (status == "present"))}
    if label in truth.present:
        found[f"{label}: positive"] = 1
        found[f"{label}: recalled"] = float(status in SEEN)
    if status in SEEN and there is not None:
        found[f"{label}: said"] = 1
        found[f"{label}: said rightly"] = float(there)
    return found


def _judged(what: str, right: bool | None) -> Counts:
    if right is None:
        return {}
    return {f"{what} known": 1, f"{what} true": float(right), f"{what} false": float(not right)}


def _critical(truth: Truth) -> set[str]:
    return {label for label in truth.present if TERMS[label].critical is not None}


def _statements(file: Json, withheld_too: bool) -> list[Json]:
    """Give the sentences of all sections, each with its section."""
    draft = file["draft"]
    listed: list[Json] = [{**one, "section": name} for name, section in draft["sections"].items() for one in section]
    if withheld_too:
        listed += [{**one["statement"], "section": one["section"]} for one in draft.get("withheld", ())]
    return listed


def _named(file: Json, withheld_too: bool) -> set[str]:
    """Name the findings that a sentence states."""
    stating = [one for one in _statements(file, withheld_too) if one["section"] in STATING]
    return {finding for one in stating for finding in one.get("finding_ids", ())}


def findings_in(file: Json, *, withheld_too: bool = False) -> dict[str, Json]:
    """Map each label of a case file to its strongest word, all its sides, and whether a sentence states it."""
    named = _named(file, withheld_too)
    found: dict[str, Json] = {}
    for finding in sorted(file["findings"], key=lambda one: STATUSES.index(one["status"])):
        one = {
            "status": finding["status"],
            "stated": finding["id"] in named,
            "supported": bool(finding.get("supported")),
            "sides": _each_side(finding.get("laterality")),
        }
        first = found.setdefault(finding["label"], one)
        if first is not one and first["status"] == one["status"]:
            found[finding["label"]] = {
                **first,
                "stated": first["stated"] or one["stated"],
                "sides": first["sides"] | one["sides"],
            }
    return found


def _each_side(laterality: str | None) -> frozenset[str]:
    if laterality == "bilateral":
        return frozenset({"left", "right"})
    return frozenset({laterality}) if laterality in ("left", "right") else frozenset()


def _add(to: Counts, more: Mapping[str, float]) -> None:
    for key, value in more.items():
        to[key] = to.get(key, 0) + value
