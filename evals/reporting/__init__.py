"""The page of results: one file, to be opened without a network."""
