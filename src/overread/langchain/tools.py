"""Each tool of a profile as a LangChain tool: a path in, evidence out."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from langchain_core.tools import BaseTool, ToolException
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from overread.errors import OverreadError, Unreadable
from overread.langchain._tool_message import message_of, why_not
from overread.langchain._tool_runner import ToolRequest, ToolRunner, as_json
from overread.ports import ToolCard
from overread.settings import Settings, load_settings
from overread.standalone import StudyRefused, only_meant
from overread.tracing import trace_nothing

PREFIX = "overread_"


def _said(text: str) -> str:
    if not text.strip() or "\0" in text:
        raise ValueError("it is empty or holds a NUL character")
    return text


Words = Annotated[str, Field(max_length=300), AfterValidator(_said)]


class StudyArguments(BaseModel):
    """What every tool is given."""

    model_config = ConfigDict(extra="forbid")

    path: Annotated[str, Field(max_length=4096), AfterValidator(_said)] = Field(
        description="Path of one study: a DICOM file, a folder or zip of them, a PNG or a JPEG."
    )


class VqaArguments(StudyArguments):
    """What the VQA tool is given: a study, and what to ask about it."""

    questions: tuple[Words, ...] = Field(
        default=(), max_length=8, description="Questions about the image; without any, the critical findings are asked."
    )


class SegmentationArguments(StudyArguments):
    """What the segmentation tool is given: a study, and which of its structures to answer with."""

    structure: Words | None = Field(
        default=None, description='Words that choose the structures, such as "left lung"; without them, all.'
    )


ARGUMENTS: Mapping[str, type[StudyArguments]] = {"vqa": VqaArguments, "segmentation": SegmentationArguments}


class StudyTool(BaseTool):
    """One tool of Overread. Content: what was seen, a line each with its evidence id; artifact: the evidence itself.

    The artifact is JSON-native (`Evidence.model_validate` reads an item back) and holds header values, which the
    content never does. A refused study and a failed tool are a `ToolException`, handled into a message of status
    `error`, so that an agent can go on; set `handle_tool_error=False` to have it raised.
    """

    runner: ToolRunner = Field(exclude=True, repr=False)
    response_format: Literal["content", "content_and_artifact"] = "content_and_artifact"
    handle_tool_error: Any = True
    handle_validation_error: Any = Field(default_factory=lambda: _wrong_arguments)

    def _run(
        self, path: str, questions: tuple[str, ...] = (), structure: str | None = None
    ) -> tuple[str, list[dict[str, Any]]]:
        try:
            result = self.runner.run(self.name.removeprefix(PREFIX), ToolRequest(Path(path), questions))
            chosen = result.evidence if structure is None else only_meant(result.evidence, structure)
        except StudyRefused as error:
            raise ToolException(why_not(error.refusal)) from error
        except Unreadable as error:
            raise ToolException(why_not(error)) from error
        except OverreadError as error:
            raise ToolException(str(error)) from error
        return message_of(chosen, result.failure), as_json(chosen)


def overread_tools(
    profile: str | None = None, *, settings: Settings | None = None, folder: Path | None = None
) -> list[BaseTool]:
    """Give the tools of a profile (of the settings, when none is named); their models load at the first call.

    With `folder`, a path that an agent gives is taken inside it and may not lead out. Raises `SettingsError` for an
    unknown profile.
    """
    trace_nothing()
    known = settings or load_settings()
    if profile is not None:
        known = known.model_copy(update={"profile": profile})
    runner = ToolRunner(known, folder)
    return [_tool(name, tool.card, runner) for name, tool in runner.tools.items()]


def _tool(name: str, card: ToolCard, runner: ToolRunner) -> BaseTool:
    exams = " or ".join(dict.fromkeys(runner.exams[name]))
    description = f"{card.describe} Looks at one study ({exams}); each line of its answer names its evidence."
    arguments = ARGUMENTS.get(name, StudyArguments)
    return StudyTool(name=PREFIX + name, description=description, args_schema=arguments, runner=runner)


def _wrong_arguments(error: ValidationError) -> str:
    first = error.errors(include_input=False, include_url=False)[0]
    return f"Wrong argument '{'.'.join(str(part) for part in first['loc'])}': {first['msg']}."
