"""Write the JSON schema of scenario files, which editors check them by. --check only compares."""

import json
import sys
from pathlib import Path

from overread.evals._scenario import schema

TARGET = Path(__file__).parents[1] / "evals" / "scenario.schema.json"


def text() -> str:
    """Give the schema as it is kept."""
    return json.dumps(schema(), indent=1, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    if "--check" not in sys.argv:
        TARGET.write_text(text(), encoding="utf-8")
    elif TARGET.read_text(encoding="utf-8") != text():
        sys.exit(f"{TARGET.name} is not current; run 'make docs'")
