"""Parts of the agent, each with a way to switch it off: what no scenario notices is held by none."""
