"""What is asked of a finished run: each file is one scorer, which passes, fails, or has nothing to check."""
