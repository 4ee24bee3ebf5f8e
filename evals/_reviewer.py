"""A scripted reviewer: accepts, edits, rejects, sends back, signs, acknowledges, as page and command line do."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime

from overread.critical_results import acknowledgement
from overread.errors import OverreadError, UsageError
from overread.evals._parts import ReviewStep
from overread.evals._run import Reviewed
from overread.reading_room import ReadingRoom
from overread.records import CaseFile, DraftReport, NotTold, Review, StatementReview
from overread.signing import Addition, Signer

TOLD = "The ward"
OTHER_TEXT = "0" * 64


class Reviewer:
    """Does the steps one after the other; what refuses one is what came of it."""

    def __init__(self, room: ReadingRoom, file: CaseFile) -> None:
        self._room = room
        self._case_id = file.case_id
        self._shown: list[str] = []
        """Digests of the drafts that were on screen, the newest last."""

    def do(self, steps: Sequence[ReviewStep]) -> tuple[Reviewed, ...]:
        """Do each step on the case as it then is."""
        return tuple(self._step(step) for step in steps)

    def _step(self, step: ReviewStep) -> Reviewed:
        before = self._room.file(self._case_id)
        if before.draft_digest and before.draft_digest not in self._shown:
            self._shown.append(before.draft_digest)
        refused, message = None, ""
        try:
            self._act(step, before)
        except OverreadError as error:
            refused, message = type(error).__name__, str(error)
        after = self._room.file(self._case_id)
        return Reviewed(step, refused, message, after, text_of(after))

    def _act(self, step: ReviewStep, file: CaseFile) -> None:
        if step.do == "acknowledge":
            self._acknowledge(step, file)
        elif step.do == "addendum":
            newest = file.newest.text_digest if file.newest else None
            signer = Signer(step.by, datetime.now(UTC), meaning="authorship")
            self._room.follow(self._case_id, Addition(step.words), signer, newest)
        elif step.do == "sign_preliminary":
            self._room.sign_preliminary(self._case_id, self._review(step, file))
        else:
            self._room.decide(self._case_id, self._review(step, file))

    def _acknowledge(self, step: ReviewStep, file: CaseFile) -> None:
        for alert in self._room.store.alerts(file.case_id):
            made = acknowledgement(step.by, TOLD, "phone", True, datetime.now(UTC))
            self._room.home.acknowledgements.write(file.case_id, alert.id, made, step.by)

    def _review(self, step: ReviewStep, file: CaseFile) -> Review:
        if file.draft is None:
            raise UsageError("there is no draft to decide on")
        digest = self._shown[-2:][0] if step.stale == "draft" else file.draft_digest
        untold = [alert for alert in self._room.store.alerts(file.case_id) if alert.acknowledged is None]
        review = Review(
            reviewer=step.by,
            decision="sign" if step.do == "sign_preliminary" else step.do,
            statements=() if step.leave_open else _decisions(step, file.draft),
            comment=None if step.do in ("sign", "sign_preliminary") else step.words,
            draft_digest=digest or OTHER_TEXT,
            at=datetime.now(UTC),
            not_told=tuple(NotTold(alert_id=alert.id, reason=step.not_told) for alert in untold if step.not_told),
        )
        if step.do not in ("sign", "sign_preliminary"):
            return review
        shown = OTHER_TEXT if step.stale == "text" else self._shown_text(review)
        return review.model_copy(update={"text_digest": shown})

    def _shown_text(self, review: Review) -> str | None:
        """Give the digest of the text that the dialog shows before it is signed."""
        return None if review.not_told else self._room.to_sign(self._case_id, review).digest


def text_of(file: CaseFile) -> str:
    """Give the newest signed text; before anything is signed, the draft's sentences."""
    if file.newest is not None:
        return file.newest.text
    return "\n".join(statement.text for statement in file.draft.statements) if file.draft else ""


def _decisions(step: ReviewStep, draft: DraftReport) -> tuple[StatementReview, ...]:
    """Decide on each sentence: as the first edit that its words match, else accepted."""
    return tuple(_decision(step, statement.id, statement.text) for statement in draft.statements)


def _decision(step: ReviewStep, identity: str, text: str) -> StatementReview:
    for edit in step.edit:
        if re.search(edit.match, text, re.IGNORECASE):
            action = "reject" if edit.text is None else "edit"
            return StatementReview(statement_id=identity, action=action, text=edit.text, reason=edit.reason)
    return StatementReview(statement_id=identity, action="accept")
