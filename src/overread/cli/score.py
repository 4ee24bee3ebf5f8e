"""`overread score`: reports, scores, masks, boxes, rankings or points against references, by metrics with intervals."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table
from rich.text import Text

from overread.cli.printing import print_json, print_table, say, working
from overread.cli.read import AsJson
from overread.cli.session import session_of
from overread.errors import UsageError
from overread.settings import ModelSpec, Settings

if TYPE_CHECKING:
    from overread.evals.metrics._result import ScoreResult

Rows = typer.Option(metavar="FILE", help="CSV or JSON lines with an id and what is compared.")


def score(
    context: typer.Context,
    references: Annotated[Path | None, Rows] = None,
    candidates: Annotated[Path | None, Rows] = None,
    metric: Annotated[
        list[str] | None,
        typer.Option("--metric", metavar="NAME|FILE.py", help="Metric, or a file of your own. Repeat."),
    ] = None,
    option: Annotated[
        list[str] | None, typer.Option("-o", metavar="METRIC.OPTION=VALUE", help="Option of a metric. Repeat.")
    ] = None,
    judge_url: Annotated[
        str | None,
        typer.Option("--judge-url", metavar="URL", help="OpenAI-compatible server of the model that judges."),
    ] = None,
    judge_model: Annotated[str | None, typer.Option("--judge-model", metavar="NAME", help="Its served name.")] = None,
    profile: Annotated[
        str | None, typer.Option("--profile", metavar="NAME", help="Profile whose role 'judge' judges.")
    ] = None,
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="Folder for results.json and report.html.")] = Path(
        "out/score"
    ),
    known: Annotated[
        bool, typer.Option("--known", help="Show what metrics of text see: scores of pairs with a known answer.")
    ] = False,
    listed: Annotated[bool, typer.Option("--list", help="List the metrics, and what each needs.")] = False,
    as_json: AsJson = False,
) -> None:
    """Score candidates against references, pair by pair, with 95 % intervals over clusters."""
    settings = session_of(context).settings()
    if profile is not None:
        settings = settings.model_copy(update={"profile": profile})
    if listed:
        _list(settings, as_json=as_json)
        return
    judge = _judge(judge_url, judge_model)
    if known:
        _show_known(settings, tuple(metric or ()), option or (), judge, as_json=as_json)
        return
    if references is None or candidates is None:
        raise UsageError("give --references FILE and --candidates FILE; overread score --list names the metrics")
    from overread.evals.metrics._loading import parse_options
    from overread.evals.metrics._page import write_page
    from overread.evals.metrics._scoring import run

    with working("scoring"):
        result = run(references, candidates, settings, tuple(metric or ()), parse_options(option or ()), judge)
        write_page(result, out)
    print_json(result.model_dump(mode="json")) if as_json else _tell(result, out)


def _show_known(
    settings: Settings, names: Sequence[str], option: Sequence[str], judge: ModelSpec | None, *, as_json: bool
) -> None:
    from overread.evals.metrics._loading import known as every_name
    from overread.evals.metrics._loading import load, parse_options
    from overread.evals.metrics._scoring import given_for
    from overread.evals.metrics._seen import seen

    with working("scoring"):
        metrics = load(names or every_name(), given_for(settings, judge), parse_options(option))
        found = list(seen(metrics))
    if as_json:
        print_json([one.model_dump(mode="json") for one in found])
        return
    changes = list(dict.fromkeys(change for one in found for change in one.means))
    table = Table("metric", *(change.replace("_", " ") for change in changes), box=None, pad_edge=False)
    for one in found:
        means = (one.means[change] for change in changes)
        table.add_row(Text(one.name), *("–" if mean is None else f"{mean:.2f}" for mean in means))
    print_table(table)


def _judge(url: str | None, model: str | None) -> ModelSpec | None:
    if (url is None) != (model is None):
        raise UsageError("give --judge-url and --judge-model together")
    if url is None or model is None:
        return None
    # What such a server answers with, nobody but its owner knows.
    return ModelSpec(backend="vllm", model=model, url=url, parameters={"task": "chat", "weights_digest": "unstated"})


def _list(settings: Settings, *, as_json: bool) -> None:
    from overread.evals.metrics._loading import every
    from overread.evals.metrics._scoring import given_for

    metrics = list(every(given_for(settings)))
    cards = [metric.card for metric in metrics]
    if as_json:
        print_json([{**vars(one.card), "options": dict(one.card.options), "missing": one.missing()} for one in metrics])
        return
    table = Table("metric", "compares", "what", "needs", "here", box=None, pad_edge=False)
    for one, card in zip(metrics, cards, strict=True):
        table.add_row(card.name, card.kind, Text(card.title), Text(card.needs or "–"), "no" if one.missing() else "yes")
    print_table(table)


def _tell(result: "ScoreResult", out: Path) -> None:
    table = Table("metric", "value (95 %)", "better", "pairs", "unscored", "failed", box=None, pad_edge=False)
    for row in result.figures:
        value = f"{row.value:.3f} ({row.low:.3f} to {row.high:.3f})"
        table.add_row(Text(row.name), value, row.better, str(row.pairs), str(row.unscored), str(row.errors))
    print_table(table)
    for absent in result.not_scored:
        say(f"not scored: {absent.metric} ({absent.why})", "dim")
    for text, ids in (
        ("references without a candidate", result.missing),
        ("candidates without a reference", result.unknown),
    ):
        if ids:
            say(f"{len(ids)} {text}: in no figure", "bold")
    say(f"report  {out / 'report.html'}")
