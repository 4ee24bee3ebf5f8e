"""The page of a suite run."""

from collections.abc import Iterator, Mapping, Sequence

from overread.evals.reporting._view import FigureView, Outcome, SampleView, View, setbacks_of
from overread.evals.running._result import EvalResult, EvalRow

WORDS = {"pass": "passed", "fail": "failed", "voice": "profile", "sample": "scenario"}


def suite_view(result: EvalResult, pictures: Mapping[str, str]) -> View:
    """Lay out a suite run; `pictures` maps the digest of a study's specification to the address of its picture."""
    return View(
        title=f"Suite {result.suite}",
        about=(
            "A scenario counts as passed when it, its twin and every repeat pass all gates; intervals are Wilson's, "
            "over scenarios.",
        ),
        warnings=setbacks_of(result.verdict),
        facts=tuple(_facts(result)),
        words=WORDS,
        voices=tuple(profile.name for profile in result.profiles),
        beside=result.profiles[1].name if len(result.profiles) > 1 else None,
        figures=tuple(_figures(result)),
        compared=(*result.compared, *(result.verdict.compared if result.verdict else ())),
        samples=tuple(_samples(result.rows)),
        pictures=dict(pictures),
    )


def _facts(result: EvalResult) -> Iterator[tuple[str, str]]:
    yield "digest", result.digest
    yield "seed", str(result.spec.seed)
    yield from result.versions.items()
    for profile in result.profiles:
        for model in profile.models:
            yield f"{profile.name} {model.role}", f"{model.backend} {model.model} {model.weights_digest or 'unknown'}"


def _figures(result: EvalResult) -> Iterator[FigureView]:
    for one in result.summary:
        yield FigureView(
            voice=one.profile,
            part="scenarios",
            measure="passed",
            value=one.scenarios_passed / one.scenarios if one.scenarios else 0.0,
            low=one.low,
            high=one.high,
            counted=f"{one.scenarios_passed} of {one.scenarios}, {one.passed} of {one.total} runs",
        )
    for rate in result.dimensions:
        yield FigureView(
            voice=rate.profile,
            part=rate.dimension,
            measure=rate.kind,
            value=rate.passed / rate.total,
            low=rate.low,
            high=rate.high,
            counted=f"{rate.passed} of {rate.total}",
        )
    for again in result.reliability:
        yield FigureView(
            voice=again.profile,
            part="repeats",
            measure=f"pass^{again.k}",
            value=again.value,
            low=again.low,
            high=again.high,
            counted=f"{again.variants} variants",
        )


def _samples(rows: Sequence[EvalRow]) -> Iterator[SampleView]:
    places: dict[str, list[EvalRow]] = {}
    for row in rows:
        places.setdefault(row.place, []).append(row)
    for place, own in places.items():
        first = own[0]
        yield SampleView(
            id=place,
            title=place.replace("_", " "),
            text=first.purpose,
            tags=(first.tier, *first.tags),
            picture=first.picture,
            by={row.profile: _outcome(row) for row in own},
        )


def _outcome(row: EvalRow) -> Outcome:
    detail = {
        "scores": [score.model_dump(mode="json") for score in row.scores],
        "observed": row.observed.model_dump(mode="json") if row.observed else None,
    }
    failed = tuple(dict.fromkeys(score.dimension for score in row.scores if score.passed is False))
    return Outcome(
        state="pass" if row.gate_passed else "fail",
        label=row.observed.status.replace("_", " ") if row.observed else "stopped",
        why=row.reason,
        failed=failed,
        seconds=row.seconds,
        detail=detail,
    )
