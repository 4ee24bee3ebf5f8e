"""Results and suites in the forms of other programs."""
