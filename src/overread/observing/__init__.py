"""What a process tells of its own work: spans, counts, log lines. Times and names of parts, nothing of a patient."""
