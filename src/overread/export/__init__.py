"""What leaves a case for other systems: a file a kind, each found by its name; `_output` is what each must be."""
