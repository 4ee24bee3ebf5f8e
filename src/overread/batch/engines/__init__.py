"""Where the cases of a batch are read: one file an engine."""
