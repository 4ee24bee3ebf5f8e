"""Read the Study Instance UID of DICOM files: a program of its own, because a hostile header may take it down.

Reads one path a line from standard input; answers a JSON line `[index, uid or null]` for each, as soon as it is known.
"""

import json
import resource
import sys

MEMORY_BYTES = 1024 * 2**20
SECONDS = 300


def main() -> None:
    from pydicom import dcmread
    from pydicom.errors import InvalidDicomError

    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS + 1))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    for index, line in enumerate(sys.stdin):
        try:
            header = dcmread(line.rstrip("\n"), stop_before_pixels=True, specific_tags=["StudyInstanceUID"])
            uid = str(header.get("StudyInstanceUID") or "") or None
        except (InvalidDicomError, OSError, ValueError, TypeError, AttributeError, KeyError, NotImplementedError):
            uid = None
        sys.stdout.write(json.dumps([index, uid]) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
