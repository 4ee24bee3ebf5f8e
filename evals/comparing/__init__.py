"""Compare two voices, or a run with an earlier one, on the same items."""
