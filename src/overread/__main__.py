"""`python -m overread`, where the script is not on the path."""

from overread.cli import main

main()
