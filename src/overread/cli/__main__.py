"""Let `python -m overread.cli` be `overread`."""

from overread.cli.boundary import main

main()
