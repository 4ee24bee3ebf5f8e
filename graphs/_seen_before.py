"""What a tool saw in the read before stands in the study's next read, where all that decides its answer is the same.

An order or a further image that comes late opens a case anew; the models need not look once more at what they saw. The
answer is found by a digest of what the tool is handed, of its card with the digests of its weights, and of the program
and its settings. Nothing is kept for it: the evidence lies in the file of the read before, and goes when that does.
"""

from collections.abc import Mapping
from dataclasses import asdict, replace

from overread.errors import StoreError
from overread.graphs._services import Services
from overread.graphs._tool_run import Outcome, run_tool
from overread.ports import Artifacts, Tool, ToolCard, ToolInput
from overread.records import Activation, Case, Evidence, Mask, Record, content_digest

DIGITS = 64


def run_or_recall(services: Services, tool: Tool, case: Case, work: ToolInput) -> Outcome:
    """Run a tool, or give what it saw in the read before; never raises for what a tool does."""
    card = tool.card
    digest = work_digest(services, card, work.limited_to(card.sees))
    outcome = (_seen_before(services, case, digest) if digest else None) or run_tool(services, tool, work)
    if digest is None or outcome.failure is not None:
        return outcome
    return replace(outcome, run=outcome.run.model_copy(update={"work": digest}))


def work_digest(services: Services, card: ToolCard, work: ToolInput) -> str | None:
    """Name what decides a tool's answer; None where that cannot be told.

    That is where the program is not known, where a model answers whose weights are not, and where the tool looks at
    other cases.
    """
    program = services.program()
    if program is None or "cases" in card.sees or not _weights_known(card):
        return None
    told: Mapping[str, object] = {
        "program": program,
        "protocol": services.protocol.name,
        "card": asdict(card),
        "image": _plain(work.image),
        "study": _plain(work.study),
        "header": dict(work.header),
        "priors": [_plain(prior) for prior in work.priors],
        "questions": [_plain(question) for question in work.questions],
        "observations": [_plain(one) for one in work.observations],
    }
    return content_digest(told, length=DIGITS)


def _seen_before(services: Services, case: Case, digest: str) -> Outcome | None:
    """Find what was answered to the same work in the read that this one follows; None where nothing was, or is kept."""
    before = _read_before(case)
    file = services.ledger.file(before) if before else None
    if file is None:
        return None
    run = next((run for run in file.manifest.tool_runs if run.work == digest), None)
    if run is None:
        return None
    known = {item.id: item for item in file.evidence}
    found = tuple(known[name] for name in run.evidence_ids if name in known)
    if len(found) != run.evidence or not all(_is_kept(services.artifacts, item) for item in found):
        return None
    now = services.clock()
    looked = {"started": now, "ended": now, "seen_in": run.seen_in or file.case_id}
    return Outcome(found, None, run.model_copy(update=looked))


def _read_before(case: Case) -> str | None:
    follows = case.follows
    if follows is None:
        return None
    return follows.replaces or (follows.addendum_to.case_id if follows.addendum_to else None)


def _weights_known(card: ToolCard) -> bool:
    """Say whether each model that answers is told by its weights; a tool that names none has its rules alone."""
    models = [*card.further_models, *([(card.model, card.weights_digest)] if card.model else [])]
    return all(digest for _, digest in models)


def _is_kept(artifacts: Artifacts, item: Evidence) -> bool:
    """Say whether the picture that evidence names is still there."""
    if isinstance(item.payload, Mask | Activation):
        try:
            artifacts.get_png(item.payload.png)
        except StoreError:
            return False
    return True


def _plain(record: Record) -> object:
    return record.model_dump(mode="json")
