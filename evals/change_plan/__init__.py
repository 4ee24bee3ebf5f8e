"""May new weights or prompts replace the current ones? What was laid down before is tested, and nothing else."""
