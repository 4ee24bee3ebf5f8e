"""Cases for agents over MCP: to look at, ask about and find. What signs, acknowledges or writes is not in here."""
