"""Overread: a cited preliminary read of a radiology case that stops until a person has over-read it."""

from pathlib import Path

from overread._version import __version__

# A checkout on a file system without symlinks has one-line files where packages should be.
if (Path(__file__).parent / "tools").is_file():
    raise ImportError(
        "overread was cloned without symlinks: clone again with 'git -c core.symlinks=true clone', or use WSL"
    )

__all__ = ["__version__"]
