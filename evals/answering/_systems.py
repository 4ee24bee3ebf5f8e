"""Who is asked: the VQA model alone, or the agent with the same model behind its gate and its second look."""

import hashlib
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple, Protocol

from PIL import Image

from overread import prompting
from overread.admission import Refused
from overread.asking import ask_all
from overread.composition import build_tools, open_room, parts_of
from overread.errors import BackendError, Unavailable, Unreadable, UsageError
from overread.evals.answering._pictures import Seen
from overread.evals.answering._replies import Control, Fate, Reply, System
from overread.evals.answering._taught import taught_by
from overread.ports import ChatAnswer, ChatBackend, ChatRequest, Tool
from overread.questioning import ask_of
from overread.reading_room import ReadingRoom
from overread.records import Answer, CaseFile, content_digest
from overread.settings import Profile, Settings
from overread.tools.vqa import MAX_TOKENS, ROLE, SCHEMA

TOOLS = ("header", "quality", "vqa")
"""What the agent needs for a question: the gate's two, and the one that answers."""


@dataclass(frozen=True)
class Asked:
    """One question with its pictures, and nothing of any other item."""

    item: str
    question: str
    seen: Seen
    control: Control


class Outcome(NamedTuple):
    fate: Fate
    said: str | None = None
    why: str | None = None
    seconds: float = 0.0


class Respondent(Protocol):
    """Answers questions, each by itself."""

    @property
    def system(self) -> System:
        """Say which of the systems it is."""

    @property
    def identity(self) -> str:
        """Name everything but the question that an answer depends on: model, weights, prompt, settings."""

    @property
    def taught_by(self) -> frozenset[str] | None:
        """Name the sets that the model's card says it was trained on, in lower case; None without such a card."""

    def answer(self, asked: Sequence[Asked]) -> Iterator[tuple[int, Outcome]]:
        """Give the place of each question with what came of it, in any order, as soon as it is known."""


class ModelAlone:
    """The profile's VQA model, asked as its tool asks it: prompt, schema, greedy."""

    system: System = "model"

    def __init__(self, chat: ChatBackend) -> None:
        self._chat = chat
        self._prompt = prompting.load(ROLE)
        card = chat.card
        self.identity = f"{card.model}@{card.weights_digest} {self._prompt.reference}"
        self.taught_by = taught_by(card.model)

    def answer(self, asked: Sequence[Asked]) -> Iterator[tuple[int, Outcome]]:
        """Ask those about one picture together; those about several in their own turn, which a model may not take."""
        single = [place for place, one in enumerate(asked) if len(one.seen.pictures) == 1]
        yield from self._asked(asked, single, unsupported=False)
        for place in range(len(asked)):
            if len(asked[place].seen.pictures) != 1:
                yield from self._asked(asked, [place], unsupported=True)

    def _asked(
        self, asked: Sequence[Asked], places: Sequence[int], *, unsupported: bool
    ) -> Iterator[tuple[int, Outcome]]:
        since = time.monotonic()
        for index, said in ask_all(self._chat, [self.request(asked[place]) for place in places]):
            now = time.monotonic()
            yield places[index], _outcome(said, now - since, unsupported=unsupported)
            since = now

    def request(self, asked: Asked) -> ChatRequest:
        """Give what the model is sent: this question and its own pictures, with no memory of any other."""
        prompt = self._prompt.render(question=asked.question)
        return ChatRequest(prompt, asked.seen.pictures, schema=SCHEMA, max_tokens=MAX_TOKENS)


def _outcome(said: ChatAnswer | BackendError, seconds: float, *, unsupported: bool) -> Outcome:
    if isinstance(said, Unavailable) and unsupported:
        return Outcome("unsupported", why=str(said), seconds=seconds)
    if isinstance(said, BackendError):
        return Outcome("failed", why=str(said), seconds=seconds)
    return Outcome("answered", said=str(said.data["answer"]).strip(), seconds=seconds)


@dataclass
class Agent:
    """A case for each picture, read to its draft, and the question asked of it as a reader would."""

    room: ReadingRoom
    identity: str
    taught_by: frozenset[str] | None
    folder: Path
    system: System = "agent"
    _read: dict[str, CaseFile | str] = field(default_factory=dict)

    def answer(self, asked: Sequence[Asked]) -> Iterator[tuple[int, Outcome]]:
        """Ask one question after the other; a picture that the gate refuses has silent answers with its reason."""
        for place, one in enumerate(asked):
            since = time.monotonic()
            outcome = self._one(one)
            yield place, outcome._replace(seconds=time.monotonic() - since)

    def _one(self, asked: Asked) -> Outcome:
        if len(asked.seen.pictures) != 1:
            return Outcome("unsupported", why="a case is asked about the one image that it was read on")
        file = self._case(asked.seen)
        if isinstance(file, str):
            return Outcome("silent", why=f"refused at the gate: {file}")
        try:
            told = ask_of(self.room, file, asked.question, "benchmark")
        except UsageError as error:
            return Outcome("silent", why=str(error))
        if told.answer is None or not isinstance(told.answer.payload, Answer):
            return Outcome("failed", why=told.failure)
        if told.standing == "unsteady":
            return Outcome("silent", why="its answers contradict each other")
        return Outcome("answered", said=told.answer.payload.answer)

    def _case(self, seen: Seen) -> CaseFile | str:
        digest = seen.digests[0]
        if digest not in self._read:
            self._read[digest] = self._admitted(seen)
        return self._read[digest]

    def _admitted(self, seen: Seen) -> CaseFile | str:
        """Read a picture as a case of its own; give the reason of one that goes no further than the gate."""
        path = self.folder / f"{seen.digests[0][:16]}.png"
        Image.fromarray(seen.pictures[0]).save(path)
        try:
            admitted = self.room.take_in([path])
        except Unreadable as error:
            return error.reason
        if isinstance(admitted, Refused):
            return admitted.refusal.reason
        file = self.room.read(admitted.case.case_id)
        refusal = file.gate.refusal if file.gate else None
        return refusal.reason if refusal else file


@contextmanager
def respondent(system: System, profile: Profile, settings: Settings) -> Iterator[Respondent]:
    """Open a system over the models of a profile; what the agent writes down is gone afterwards."""
    alone = ModelAlone(parts_of(profile, settings).chat(ROLE))
    if system == "model":
        yield alone
        return
    tools = build_tools(profile, settings)
    kept: Mapping[str, Tool] = {name: tools[name] for name in TOOLS if name in tools}
    with tempfile.TemporaryDirectory(prefix="overread-benchmark-") as folder:
        home = Path(folder) / "home"
        own = settings.model_copy(update={"home": home, "profile": profile.name, "priors_from_store": False})
        with open_room(own, tools=dict(kept), folder=home) as room:
            identity = f"{alone.identity} agent {content_digest(sorted(kept))}"
            yield Agent(room, identity, alone.taught_by, Path(folder))


def asked_digest(respondent: Respondent, asked: Asked) -> str:
    """Give the SHA-256 of all that an answer may depend on, by which it is found again."""
    parts = (respondent.identity, respondent.system, asked.question, *asked.seen.digests)
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def reply_of(respondent: Respondent, asked: Asked, outcome: Outcome) -> Reply:
    """Write down what became of a question."""
    return Reply(
        item=asked.item,
        system=respondent.system,
        control=asked.control,
        fate=outcome.fate,
        said=outcome.said,
        why=outcome.why,
        asked=asked_digest(respondent, asked),
        prompt_digest=hashlib.sha256(asked.question.encode()).hexdigest(),
        picture_digests=asked.seen.digests,
        seconds=round(outcome.seconds, 4),
    )
