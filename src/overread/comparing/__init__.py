"""The agent beside its own tools, beside itself with a part left out, and beside a plain loop of tool calls."""
