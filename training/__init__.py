"""How the embedded models were made and measured: each file is a step, or a part of one; none of it is installed."""
