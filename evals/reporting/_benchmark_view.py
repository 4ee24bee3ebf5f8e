"""The page of a benchmark run."""

from collections.abc import Iterator, Mapping

from overread.evals.answering._result import BenchmarkResult, Said, Sample, Voice
from overread.evals.reporting._view import FigureView, Outcome, SampleView, View, setbacks_of

WORDS = {"pass": "right", "fail": "not right", "voice": "who", "sample": "item"}


def benchmark_view(result: BenchmarkResult, pictures: Mapping[str, str]) -> View:
    """Lay out a benchmark run; `pictures` maps a sample's id to the address of its picture."""
    shown = {address: str(number) for number, address in enumerate(sorted(set(pictures.values())))}
    keys = {sample: shown[address] for sample, address in pictures.items()}
    title = result.about.title
    taught = dict.fromkeys(voice.profile for voice in result.voices if voice.taught_by_it)
    return View(
        title=f"{title}, split {result.spec.split}",
        about=tuple(_about(result)),
        warnings=setbacks_of(result.verdict)
        + tuple(
            f"The card of the model of “{profile}” names {title} among its training data: its figures tell what it "
            "remembers, not what it can do."
            for profile in taught
        )
        + result.untold,
        facts=tuple(_facts(result)),
        words=WORDS,
        voices=tuple(voice.name for voice in result.voices),
        beside=_beside(result.voices),
        figures=tuple(_figures(result)),
        compared=(*result.compared, *(result.verdict.compared if result.verdict else ())),
        samples=tuple(_sample(sample, keys.get(sample.id)) for sample in result.samples),
        pictures={number: address for address, number in shown.items()},
    )


def _beside(voices: tuple[Voice, ...]) -> str | None:
    """Give the voice to set beside the first: that of another profile where there is one."""
    first, *others = voices
    same = [one for one in others if one.profile != first.profile and one.control == first.control]
    return next((one.name for one in (*same, *others)), None)


def _about(result: BenchmarkResult) -> Iterator[str]:
    yield result.about.protocol
    yield f"{result.about.source}. Licence: {result.about.licence}."
    left = "; ".join(f"{count} left out ({why})" for why, count in result.skipped.items()) or "none was left out"
    yield (
        f"{len(result.samples)} items, {left}. Intervals are bootstraps over clusters. An item without an answer is "
        "not right. The mark beside an accuracy is what always giving the commonest answer of the others reaches."
    )


def _facts(result: BenchmarkResult) -> Iterator[tuple[str, str]]:
    yield "digest", result.digest
    yield "seed", str(result.spec.seed)
    yield from result.versions.items()
    for voice in result.voices:
        yield voice.name, voice.identity


def _figures(result: BenchmarkResult) -> Iterator[FigureView]:
    for one in sorted(result.figures, key=lambda figure: (figure.part, figure.measure)):
        yield FigureView(
            voice=one.voice,
            part=one.part,
            measure=one.measure,
            value=one.value,
            low=one.low,
            high=one.high,
            counted=f"{one.items} in {one.clusters}" + (f", {one.answered} answered" * (one.answered < one.items)),
            reference=one.commonest,
        )


def _sample(sample: Sample, picture: str | None) -> SampleView:
    scope = {True: ("in scope",), False: ("out of scope",), None: ()}[sample.in_scope]
    return SampleView(
        id=sample.id,
        title=sample.question or sample.id,
        text=sample.id,
        truth=sample.truth,
        tags=tuple(filter(None, (sample.kind, sample.task, *scope))),
        picture=picture,
        by={said.voice: _outcome(said) for said in sample.said},
    )


def _outcome(said: Said) -> Outcome:
    detail = {"said": said.said, "read": said.read, "words": said.words, "fate": said.fate}
    state = {True: "pass", False: "fail", None: "none"}[said.right]
    return Outcome.model_validate(
        {"state": state, "label": said.said if said.said is not None else said.fate, "why": said.why or "",
         "failed": (said.fate,) if said.fate != "answered" else (), "detail": detail}
    )  # fmt: skip
