"""One run of a tool."""

from collections.abc import Sequence
from pathlib import Path

from overread.graphs._tool_run import run_tool
from overread.ports import ToolCard, ToolInput
from overread.records import Evidence, Refusal, Study
from overread.testing.doubles import ScriptedTool, make_work
from tests.graphs.rooms import score, scripted_room, scripted_tools


class Asked:
    """A tool that counts how often it is asked to describe itself: real ones look at their model's files for it."""

    def __init__(self, tool: ScriptedTool) -> None:
        self._tool = tool
        self.times = 0

    @property
    def card(self) -> ToolCard:
        self.times += 1
        return self._tool.card

    def accepts(self, study: Study) -> Refusal | None:
        return self._tool.accepts(study)

    def run(self, work: ToolInput) -> Sequence[Evidence]:
        return self._tool.run(work)


def test_a_tool_is_asked_once_to_describe_itself_however_much_it_saw(tmp_path: Path) -> None:
    tool = Asked(ScriptedTool("classification", [score("Edema", share / 100) for share in range(40)]))
    with scripted_room(tmp_path, scripted_tools()) as room:
        outcome = run_tool(room.services, tool, make_work())
    assert len(outcome.evidence) == 40
    assert tool.times == 1
