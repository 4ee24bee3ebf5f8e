"""Run a suite: what is run again, what the ledger knows already, by how many processes, and what is written of it."""
