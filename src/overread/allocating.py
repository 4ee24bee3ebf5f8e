"""What the C library does with freed memory: a small process gives it back, a large one keeps it for the next picture.

glibc keeps an arena for each thread, and what is freed in it stays with the process. A case is read in several threads,
so that a process that holds 150 MB of program and 55 MB of weights grew to 440 MB over eight cases, and to 310 MB with
one arena and freed blocks unmapped, in the same time (docs/models.md). One with torch frees and takes blocks of
megabytes for each layer, of which glibc unmaps what is large and so has every page cleared anew: 31,000 page faults a
case of a batch, and 13,000 with two arenas that keep such blocks, in less memory.
"""

import ctypes
import os

M_TRIM_THRESHOLD, M_MMAP_THRESHOLD, M_ARENA_MAX = -1, -3, -8
"""Parameters of mallopt(3)."""
BLOCK = 64 * 1024
"""Bytes: blocks from this size on are mapped on their own, and unmapped when they are freed."""
KEPT_BLOCK, KEPT = 32 * 1024 * 1024, 256 * 1024 * 1024
"""Bytes: blocks below this size (glibc's upper limit) come of an arena, which keeps this much at its free end."""
OWN = ("MALLOC_ARENA_MAX", "MALLOC_MMAP_THRESHOLD_", "MALLOC_TRIM_THRESHOLD_", "GLIBC_TUNABLES")
"""What an operator sets by hand; then nothing is set here."""


def give_back_freed() -> bool:
    """Tell the allocator so, for the rest of this process; False where there is no glibc, or somebody chose before."""
    return _tell(arenas=1, mapped_from=BLOCK, kept=BLOCK)


def keep_freed() -> bool:
    """Have two arenas keep what is freed, for the rest of this process; False as `give_back_freed`."""
    return _tell(arenas=2, mapped_from=KEPT_BLOCK, kept=KEPT)


def _tell(*, arenas: int, mapped_from: int, kept: int) -> bool:
    if any(name in os.environ for name in OWN):
        return False
    try:
        mallopt = ctypes.CDLL("libc.so.6").mallopt
    except (OSError, AttributeError):
        return False
    settings = ((M_ARENA_MAX, arenas), (M_MMAP_THRESHOLD, mapped_from), (M_TRIM_THRESHOLD, kept))
    done = [mallopt(name, value) for name, value in settings]
    return all(answer == 1 for answer in done)
