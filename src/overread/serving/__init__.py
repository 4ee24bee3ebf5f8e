"""Model servers: what a profile needs served, whether that fits this machine, and the processes that do it."""
