"""`overread eval --from-inspect LOG`: a log of Inspect as results of ours."""

from pathlib import Path

from overread.cli.benchmark import tell_benchmark
from overread.cli.gating import Gate, end_benchmark, end_suite
from overread.cli.printing import print_json
from overread.cli.suite_table import tell_suite


def tell_log(log: Path, out: Path, gate: Gate, *, as_json: bool) -> None:
    """Write `results.json` and `report.html` of a log, print its figures, and hold it against a baseline.

    Raises `UsageError` for a file that is no log, `Exit(1)` as the gate says.
    """
    from overread.evals.comparing._baseline import against
    from overread.evals.exchange.inspect_log import read_log
    from overread.evals.reporting.results import write_results
    from overread.evals.running._result import EvalResult

    result = read_log(log)
    if isinstance(result, EvalResult):
        told = against(result, gate.baseline, gate.margin) if gate.baseline else result
        write_results(told, {}, out)
        print_json(told.model_dump(mode="json")) if as_json else tell_suite(told, out)
        end_suite(told, gate, as_json=as_json)
        return
    compared = against(result, gate.baseline, gate.margin) if gate.baseline else result
    write_results(compared, {}, out)
    print_json(compared.model_dump(mode="json")) if as_json else tell_benchmark(compared, out)
    end_benchmark(compared, gate, as_json=as_json)
