"""Take a model that is already on this machine into the operator's own catalogue, after its files were looked at."""
