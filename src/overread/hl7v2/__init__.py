"""HL7 v2 messages: read as they come, answered, and written."""
