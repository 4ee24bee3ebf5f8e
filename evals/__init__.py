"""What the reading room is tried on: `runner` runs a suite of scenarios and their twins, and scores each run."""
