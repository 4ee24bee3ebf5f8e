"""Freed memory goes back or is kept as was told, in a process of its own: what is set holds for all of a process."""

import os
import platform
import subprocess
import sys

import pytest

from overread.allocating import OWN

GROWN = """
import sys, threading
import psutil
from overread.allocating import give_back_freed
set_here = give_back_freed()
process = psutil.Process()
before = process.memory_info().rss

def work():
    # Blocks of 100 kB between small ones that stay, as a case leaves them.
    kept, blocks = [], []
    for _ in range(400):
        blocks.append(bytes(100_000))
        kept.append(bytes(600))
    blocks.clear()
    stay.append(kept)

stay = []
threads = [threading.Thread(target=work) for _ in range(4)]
[thread.start() for thread in threads]
[thread.join() for thread in threads]
print(set_here, (process.memory_info().rss - before) // 2**20)
"""


def grown(**environment: str) -> tuple[str, int]:
    """Give whether it was set, and by how many MiB the process grew for 160 MB that were freed again."""
    plain = {name: value for name, value in os.environ.items() if name not in OWN}
    done = subprocess.run(
        [sys.executable, "-c", GROWN], env={**plain, **environment}, capture_output=True, text=True, check=True
    )
    told, size = done.stdout.split()
    return told, int(size)


def test_what_was_freed_is_given_back() -> None:
    told, size = grown()
    assert told == "True" or sys.platform != "linux"
    assert told == "False" or size < 20


def test_what_an_operator_chose_stays() -> None:
    told, _ = grown(MALLOC_ARENA_MAX="8")
    assert told == "False"


TAKEN_AGAIN = """
import resource, sys
from overread.allocating import keep_freed
if sys.argv[1] == "kept":
    keep_freed()
# The C library's own: numpy and torch take their blocks of it.
import ctypes
c = ctypes.CDLL(None)
c.malloc.restype = ctypes.c_void_p
size = 12 * 2**20

def layer():
    block = ctypes.c_void_p(c.malloc(ctypes.c_size_t(size)))
    ctypes.memset(block, 1, size)
    c.free(block)

layer()
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
for _ in range(10):
    layer()
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""


def faults_of_ten_blocks(how: str) -> int:
    plain = {name: value for name, value in os.environ.items() if name not in OWN}
    done = subprocess.run(
        [sys.executable, "-c", TAKEN_AGAIN, how], env=plain, capture_output=True, text=True, check=True
    )
    return int(done.stdout)


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc can be told")
def test_a_block_that_is_kept_needs_no_page_twice() -> None:
    assert faults_of_ten_blocks("kept") < 100
