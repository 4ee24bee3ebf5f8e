"""Whether what a kind of output is written with is installed: asked before, so that the other kinds are written."""

from importlib.util import find_spec


def not_installed(extra: str, *modules: str) -> str | None:
    """Say what to install where one of the modules is not there, or None."""
    absent = [module for module in modules if find_spec(module) is None]
    return f"it needs {', '.join(absent)}: pip install 'overread[{extra}]'" if absent else None
