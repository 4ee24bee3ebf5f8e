"""Without the check of a tool's output what it says of another study is taken as said of this one."""

from collections.abc import Sequence
from dataclasses import replace

from overread.evals._run import Run
from overread.evals.mutations._mutation import Mutation
from overread.graphs._services import Services
from overread.ports import Tool, ToolCard, ToolInput
from overread.records import Evidence, Refusal, Study


class _Believed:
    """Passes a tool's evidence on as if it were of the image in hand, and anything else as nothing seen."""

    def __init__(self, tool: Tool) -> None:
        self._tool = tool

    @property
    def card(self) -> ToolCard:
        return self._tool.card

    def accepts(self, study: Study) -> Refusal | None:
        return self._tool.accepts(study)

    def run(self, work: ToolInput) -> Sequence[Evidence]:
        known = {image.sop_instance_uid for image in work.study.images}
        known |= {image.sop_instance_uid for prior in work.priors for image in prior.study.images}
        given = [item for item in self._tool.run(work) if isinstance(item, Evidence)]
        return [
            item
            if item.locator.sop_instance_uid in known
            else Evidence.of(item.payload, work.locator(), item.provenance)
            for item in given
        ]


def _believing(services: Services) -> Services:
    return replace(services, tools={name: _Believed(tool) for name, tool in services.tools.items()})


def _rejected(run: Run) -> bool:
    return run.file is not None and any(failure.kind == "invalid_output" for failure in run.file.failures)


def build() -> Mutation:
    """Give the mutation."""
    return Mutation("tool_output_check", "what a tool gives is not looked at", services=_believing, concerns=_rejected)
