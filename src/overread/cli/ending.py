"""How a command ends that raised an error: its exit code and its one line."""

from overread.errors import (
    InputError,
    OverreadError,
    PluginError,
    PromptError,
    ServingRefused,
    SettingsError,
    UsageError,
)

FAILURE, BAD_USAGE = 1, 2


def exit_code(error: OverreadError) -> int:
    """Give 2 for a wrong request, input, setting, prompt or extension and for `ServingRefused`, 1 for all others."""
    wrong = UsageError | InputError | SettingsError | PromptError | PluginError | ServingRefused
    return BAD_USAGE if isinstance(error, wrong) else FAILURE
