"""Release prompts: add the new ones to prompts/LOCK, refuse a released one that changed.

python scripts/lock_prompts.py
"""

import hashlib
import sys
from pathlib import Path

PROMPTS = Path(__file__).resolve().parents[1] / "prompts"


def lock(prompts: Path) -> int:
    """Write LOCK beside the prompts; 1 when a released prompt was changed or removed, 0 otherwise."""
    path = prompts / "LOCK"
    lines = path.read_text().splitlines() if path.is_file() else []
    released = {name: digest for digest, name in (line.split(maxsplit=1) for line in lines)}
    present = {
        file.relative_to(prompts).as_posix(): hashlib.sha256(file.read_bytes()).hexdigest()
        for file in sorted(prompts.glob("*/v*.md"))
    }
    wrong = [name for name, digest in released.items() if present.get(name) != digest]
    for name in wrong:
        what = "changed" if name in present else "removed"
        print(f"{name} was {what} after its release: put it back, write the next version")
    if wrong:
        return 1
    for name in sorted(set(present) - set(released)):
        print(f"released {name}")
    path.write_text("".join(f"{digest}  {name}\n" for name, digest in sorted(present.items())))
    return 0


if __name__ == "__main__":
    sys.exit(lock(PROMPTS))
