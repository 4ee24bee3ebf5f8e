"""Ask a model or the agent the questions of a benchmark, and read and score what it says."""
