"""The errors of Overread.

OverreadError
├── UsageError              the request itself is wrong (exit 2)
│   ├── SeveralStudies      an input that must be one study holds more
│   ├── NotDrawable         words that no phantom can show, or that contradict themselves
│   └── OutOfScope          a question that no model of the picture may answer
├── InputError              the input cannot be read (exit 2)
│   ├── Unreadable          carries the typed Refusal
│   ├── MessageRefused      an HL7 v2 message; carries the answer to its sender
│   └── ModelRefused        a model's files cannot be taken into the catalogue, or films for measuring it
├── ToolError               caught at the tool node, becomes a ToolFailure
│   ├── ToolTimeout
│   └── ToolOutputInvalid
├── BackendError            a model backend failed; passes through a tool, and becomes its ToolFailure
│   ├── Unavailable
│   └── AnswerInvalid
├── StoreError
│   ├── CaseUnknown
│   ├── CaseBusy            another process or person holds the case
│   └── StaleReview         the case is not waiting for this review any more
├── PromptError             a prompt is missing, changed after release, or lacks an input
├── PluginError             a tool, rule, backend or scorer that cannot be loaded
├── SettingsError
│   └── RoleUnfilled        the profile names no model for a role
├── PeerError               a named remote system did not do what it was asked; `kind` says in what way
└── ServingError            model servers: an environment, a process, a server
    └── ServingRefused      said before anything starts: no memory, terms not accepted, a port in use (exit 2)

Every message says what, where and what to do next, in one line, without a patient's data.
"""

from typing import Literal


class OverreadError(Exception):
    """Anything that Overread itself raises."""


class UsageError(OverreadError):
    """The request is wrong: an unknown name, a missing option."""


class SeveralStudies(UsageError):
    """What must be one study holds several of one patient."""


class NotDrawable(UsageError):
    """Words ask for a picture that cannot be drawn: the message names what."""


class OutOfScope(UsageError):
    """A question that is put to no model; `kind` is a `reasoning.question_scope.Outside`."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind = kind


class InputError(OverreadError):
    """The input cannot be used."""


class Unreadable(InputError):
    """The input cannot be read; `reason` is a `records.RefusalReason`."""

    def __init__(self, reason: str, detail: str, next_step: str) -> None:
        super().__init__(f"{detail}. {next_step}")
        self.reason = reason
        self.detail = detail
        self.next_step = next_step


class MessageRefused(InputError):
    """An HL7 v2 message that is not taken; the words say where in it the fault lies, and quote nothing of it.

    `answer` is of HL7 table 0008: `AE` for what the message holds, `AR` for its kind, version, processing or length;
    `code` is of table 0357.
    """

    def __init__(self, answer: Literal["AE", "AR"], code: int, message: str) -> None:
        super().__init__(message)
        self.answer: Literal["AE", "AR"] = answer
        self.code = code


class ModelRefused(InputError):
    """A model's folder cannot be taken into the catalogue, or a folder of films cannot measure it."""


class ToolError(OverreadError):
    """A tool could not give its evidence."""


class ToolTimeout(ToolError):
    """A tool passed its deadline."""


class ToolOutputInvalid(ToolError):
    """A tool gave something that is not evidence of this study."""


class BackendError(OverreadError):
    """A model backend failed."""


class Unavailable(BackendError):
    """The model cannot be reached or loaded."""


class AnswerInvalid(BackendError):
    """The model answered outside the schema it was given."""


class StoreError(OverreadError):
    """The case store cannot do what was asked."""


class CaseUnknown(StoreError):
    """No case has this id."""


class CaseBusy(StoreError):
    """Another process or person holds the case now."""


class StaleReview(StoreError):
    """The case no longer waits for this review, or the draft changed since it was shown."""


class PromptError(OverreadError):
    """A prompt is missing, was changed after its release, or lacks an input."""


class PluginError(OverreadError):
    """A tool, rule, backend or scorer cannot be loaded."""


class SettingsError(OverreadError):
    """A setting is unknown or has a wrong value."""


class RoleUnfilled(SettingsError):
    """The profile names no model for a role."""


PeerTrouble = Literal[
    "not_reached", "no_answer", "unavailable", "unauthorized", "refused", "bad_answer", "conflict", "not_proven"
]


class PeerError(OverreadError):
    """A named remote system did not do what it was asked.

    `not_reached`: nothing was sent · `no_answer`: it may have come through · `unavailable`: it says that it cannot now
    · `unauthorized`, `refused`: it says no · `bad_answer`: not what its protocol allows · `conflict`: it has something
    else under that name · `not_proven`: it took it, and does not show it.
    """

    def __init__(self, kind: PeerTrouble, message: str) -> None:
        super().__init__(message)
        self.kind: PeerTrouble = kind


class ServingError(OverreadError):
    """Model servers cannot be installed, started, watched or stopped."""


class ServingRefused(ServingError):
    """What was asked cannot be served here; nothing was started."""
