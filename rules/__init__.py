"""What must be consistent in a case: each file is one rule, with an example that sets it off and one that does not."""
