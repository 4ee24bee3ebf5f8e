"""The tools of a scenario: the profile's own, doubles that give listed evidence, or real ones over scripted words."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace

from overread import plugins
from overread.evals._parts import FaultSpec, SeenItem, ToolSpec
from overread.evals._spoken import Speaker, spoken_tool
from overread.ports import Tool, ToolCard, ToolInput
from overread.records import Answer, Evidence, Payload, Question, Refusal, Score, Status, Study
from overread.settings import Settings
from overread.testing.doubles import Fault, ScriptedTool
from overread.testing.doubles.parts import make_parts
from overread.testing.doubles.tool import FaultKind, Item

ALWAYS_LIVE = ("header", "quality")
"""Tools of the gate: cheap, and what they see decides whether there is a case at all."""
COMPARING = ("registration", "growth")
"""Kinds of evidence that only a comparison with an earlier study gives."""
_MEANS: dict[str, Status] = {"yes": "present", "no": "absent", "cannot tell": "uncertain"}
_OF_THE_DOUBLE: Mapping[str, FaultKind] = {
    "error": "error",
    "hang": "hang",
    "unavailable": "unavailable",
    "invalid_output": "invalid_output",
    "foreign_study": "foreign_study",
}


class CountedTool:
    """A tool that counts how often it was run."""

    def __init__(self, tool: Tool) -> None:
        self.tool = tool
        self.runs = 0

    @property
    def card(self) -> ToolCard:
        return self.tool.card

    def accepts(self, study: Study) -> Refusal | None:
        return self.tool.accepts(study)

    def run(self, work: ToolInput) -> Sequence[Evidence]:
        self.runs += 1
        return self.tool.run(work)


@dataclass
class Tools:
    """The tools of one run, and what the language models among them were asked."""

    by_name: dict[str, CountedTool] = field(default_factory=dict)
    speakers: list[Speaker] = field(default_factory=list)

    @property
    def runs(self) -> dict[str, int]:
        """Give how often each tool was called."""
        return {name: tool.runs for name, tool in self.by_name.items()}

    @property
    def prompts(self) -> tuple[str, ...]:
        """Give everything that was put to a language model."""
        return tuple(request.prompt for speaker in self.speakers for request in speaker.requests)


@contextmanager
def tools_of(specs: Mapping[str, ToolSpec], live_tools: Mapping[str, Tool], settings: Settings) -> Iterator[Tools]:
    """Build the tools: header and quality run live, a model that is not spoken of is scripted to see nothing."""
    every = {**{name: ToolSpec(live=name in ALWAYS_LIVE) for name in live_tools}, **specs}
    made = Tools()
    with ExitStack() as stack:
        for name, spec in every.items():
            if not spec.absent:
                made.by_name[name] = CountedTool(_tool(name, spec, live_tools, settings, made, stack))
        yield made


def _tool(
    name: str, spec: ToolSpec, live_tools: Mapping[str, Tool], settings: Settings, made: Tools, stack: ExitStack
) -> Tool:
    if spec.live:
        return live_tools[name]
    if spec.drawn:
        drawing: Tool = plugins.builder("tools", name)(make_parts())
        return drawing
    if spec.says is not None:
        tool, speaker = stack.enter_context(spoken_tool(name, spec, settings))
        made.speakers.append(speaker)
        return tool
    double = ScriptedTool(name, _script(spec), fault=_fault(spec.fault), seconds=spec.seconds)
    stack.callback(double.release)
    return _Placed(double, spec)


def _fault(spec: FaultSpec | None) -> Fault | None:
    kind = _OF_THE_DOUBLE.get(spec.kind) if spec else None
    return None if spec is None or kind is None else Fault(kind, times=spec.times, seconds=spec.seconds)


def _script(spec: ToolSpec) -> Callable[[ToolInput], Sequence[Item]]:
    kind = spec.fault.kind if spec.fault else None
    seen = () if kind == "empty" else _permuted(spec.gives) if kind == "permuted_labels" else spec.gives
    listed: list[Item] = [(one.payload, one.region) if one.region else one.payload for one in seen]

    def script(work: ToolInput) -> Sequence[Item]:
        return [*listed, *(_answer(question, spec) for question in work.questions if spec.answers)]

    return script


def _permuted(seen: Sequence[SeenItem]) -> tuple[SeenItem, ...]:
    """Move the label of each score to the next score, as a class list in another order does."""
    labels = [one.payload.label for one in seen if isinstance(one.payload, Score)]
    moved = iter(labels[1:] + labels[:1])
    return tuple(
        one.model_copy(update={"payload": one.payload.model_copy(update={"label": next(moved)})})
        if isinstance(one.payload, Score)
        else one
        for one in seen
    )


class _Placed:
    """A double whose evidence may be of the earlier picture, or tell more of how it came about."""

    def __init__(self, tool: ScriptedTool, spec: ToolSpec) -> None:
        self._tool, self._spec = tool, spec
        self.card = replace(tool.card, payloads=(*tool.card.payloads, *COMPARING))

    def accepts(self, study: Study) -> Refusal | None:
        return self._tool.accepts(study)

    def run(self, work: ToolInput) -> Sequence[Evidence]:
        given = self._tool.run(work)
        stale = self._spec.fault is not None and self._spec.fault.kind == "stale"
        if not stale and not any(one.on_prior or one.parameters for one in self._spec.gives):
            return given
        told = [*self._spec.gives, *([None] * (len(given) - len(self._spec.gives)))]
        return [_placed(item, one, work, stale=stale) for item, one in zip(given, told, strict=True)]


def _placed(item: Evidence, one: SeenItem | None, work: ToolInput, *, stale: bool) -> Evidence:
    locator, provenance = item.locator, item.provenance
    if (stale or (one is not None and one.on_prior)) and work.priors and (then := work.priors[0].study.frontal):
        locator = locator.model_copy(update={"sop_instance_uid": then.sop_instance_uid, "frame": then.frame})
    if one is not None and one.parameters:
        provenance = provenance.model_copy(update={"parameters": dict(one.parameters)})
    return Evidence.of(_aimed(item.payload, work), locator, provenance)


def _aimed(payload: Payload, work: ToolInput) -> Payload:
    """Point what speaks of an earlier picture at the one that came with this study."""
    prior = getattr(payload, "prior", None)
    then = work.priors[0].study.frontal if work.priors else None
    if prior is None or then is None:
        return payload
    where = prior.model_copy(update={"sop_instance_uid": then.sop_instance_uid, "frame": then.frame})
    aimed: Payload = payload.model_copy(update={"prior": where})
    return aimed


def _answer(question: Question, spec: ToolSpec) -> Answer:
    word = spec.answers.get(question.label or "", "cannot tell")
    return Answer(
        question=question.text,
        answer=word,
        label=question.label,
        status=_MEANS[word],
        laterality=question.laterality if word == "yes" else None,
    )
