"""The result as a Markdown table."""

from collections.abc import Iterator

from overread.evals.mutations.run import MutationResult, MutationRow

FIRST = 2


def markdown(result: MutationResult) -> str:
    """Give what notices that each part is gone, and what became of sentences that were composed wrong."""
    return "\n".join(_lines(result)) + "\n"


def _lines(result: MutationResult) -> Iterator[str]:
    yield f"{result.runs} runs of {', '.join(f'`{name}`' for name in result.suites)}."
    yield ""
    yield "| without | then | noticed by | for instance |"
    yield "| --- | --- | --- | --- |"
    for row in result.rows:
        yield f"| {row.mutation} | {row.what} | {len(row.kills)} of {row.tried} | {_named(row)} |"
    if not result.composer:
        return
    yield ""
    yield "| a sentence composed wrong | reaches the reviewer | without the verifier |"
    yield "| --- | --- | --- |"
    for spoiled in result.composer:
        reached = (f"{count} of {spoiled.made}" for count in (spoiled.reached, spoiled.reached_without_verifier))
        yield f"| {spoiled.fault} | {' | '.join(reached)} |"


def _named(row: MutationRow) -> str:
    named = dict.fromkeys(f"{kill.scenario}{' (twin)' if kill.variant == 'twin' else ''}" for kill in row.kills)
    return ", ".join(list(named)[:FIRST]) or "**nothing**"
