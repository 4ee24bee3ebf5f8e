"""Ask every voice every item, each by itself, and keep what was said as it comes."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from overread.evals.answering._figures import Replies, figures, truth_of
from overread.evals.answering._judging import judge
from overread.evals.answering._ledger import Ledger
from overread.evals.answering._pictures import Album, Seen, in_its_place, strangers
from overread.evals.answering._replies import Control, Reply
from overread.evals.answering._result import BenchmarkResult, Progress, Said, Sample, Spec, Voice
from overread.evals.answering._systems import Asked, Respondent, asked_digest, reply_of, respondent
from overread.evals.answering._taught import is_taught_by
from overread.evals.answering._wording import worded
from overread.evals.benchmarks._item import About, Item
from overread.settings import Settings, load_profile

CHUNK = 256
"""Items that are asked about together: enough for a server's batches, few enough for their pictures to be held."""
QUESTIONS = frozenset({"mcq", "yes_no", "open", "multi"})


def ask(
    spec: Spec,
    about: About,
    items: Sequence[Item],
    album: Album,
    settings: Settings,
    out: Path | None,
    progress: Progress | None,
) -> BenchmarkResult:
    """Ask and score; with `out` each reply is in `replies.jsonl` when it came, and is not asked for again."""
    asking = _Asking(items, album, strangers(items, spec.seed), Ledger(out / "replies.jsonl" if out else None))
    said: list[tuple[Voice, Replies]] = []
    total = len(items) * len(spec.profiles) * len(spec.systems) * len(spec.controls)
    for profile in spec.profiles:
        own = settings.model_copy(update={"profile": profile})
        for system in spec.systems:
            with respondent(system, load_profile(profile, own), own) as asked:
                for control in spec.controls:
                    voice = _voice(profile, asked, control, about)
                    tell = _telling(progress, len(said) * len(items), total, voice.name)
                    said.append((voice, asking.replies(asked, control, tell)))
    return _result(spec, about, items, said)


def _voice(profile: str, asked: Respondent, control: Control, about: About) -> Voice:
    taught = is_taught_by(about.title, asked.taught_by)
    return Voice(profile=profile, system=asked.system, control=control, identity=asked.identity, taught_by_it=taught)


@dataclass(frozen=True)
class _Asking:
    items: Sequence[Item]
    album: Album
    instead: Mapping[str, Item]
    ledger: Ledger

    def replies(self, respondent: Respondent, control: Control, tell: Callable[[int], None]) -> Replies:
        """Ask every item under a control; what the ledger knows is not asked again."""
        replies: dict[str, Reply] = {}
        for start in range(0, len(self.items), CHUNK):
            open_ = []
            for item in self.items[start : start + CHUNK]:
                asked = Asked(item.id, worded(item), self._seen(item, control), control)
                if (known := self._settled(respondent, asked)) is not None:
                    replies[item.id] = known
                else:
                    open_.append(asked)
            tell(len(replies))
            for place, outcome in respondent.answer(open_):
                reply = reply_of(respondent, open_[place], outcome)
                self.ledger.keep(reply)
                replies[reply.item] = reply
                tell(len(replies))
        return replies

    def _seen(self, item: Item, control: Control) -> Seen:
        other = self.instead.get(item.cluster) if control == "shuffled" else None
        return in_its_place(self.album.of(item), control, None if other is None else self.album.of(other))

    def _settled(self, respondent: Respondent, asked: Asked) -> Reply | None:
        if asked.seen.missing is None:
            known = self.ledger.known(asked_digest(respondent, asked), asked.item)
            return None if known is None else known.model_copy(update={"control": asked.control})
        return Reply(
            item=asked.item,
            system=respondent.system,
            control=asked.control,
            fate="skipped",
            why=asked.seen.missing,
            asked=asked_digest(respondent, asked),
        )


def _telling(progress: Progress | None, before: int, total: int, name: str) -> Callable[[int], None]:
    return lambda done: progress(before + done, total, name) if progress else None


def _result(spec: Spec, about: About, items: Sequence[Item], said: Sequence[tuple[Voice, Replies]]) -> BenchmarkResult:
    skipped = Counter(
        reply.why or "skipped" for reply in (said[0][1].values() if said else ()) if reply.fate == "skipped"
    )
    return BenchmarkResult(
        spec=spec,
        about=about,
        voices=tuple(voice for voice, _ in said),
        figures=tuple(figure for voice, replies in said for figure in figures(voice, items, replies)),
        samples=tuple(_sample(item, said) for item in items),
        skipped=dict(skipped),
    )


def _sample(item: Item, said: Sequence[tuple[Voice, Replies]]) -> Sample:
    return Sample(
        id=item.id,
        cluster=item.cluster,
        kind=item.gold.kind,
        in_scope=item.in_scope,
        task=item.task,
        question=worded(item),
        truth=truth_of(item),
        said=tuple(_said(voice, item, replies[item.id]) for voice, replies in said),
    )


def _said(voice: Voice, item: Item, reply: Reply) -> Said:
    judged = None if reply.fate == "skipped" else judge(item, reply)
    return Said(
        voice=voice.name,
        fate=reply.fate,
        said=reply.said,
        read=judged.read if judged else None,
        right=judged.right if judged else None,
        words=judged.words if judged else None,
        why=reply.why,
    )
