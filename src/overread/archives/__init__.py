"""Archives of images that are asked for studies and give them out: one file a protocol, above the named systems."""
