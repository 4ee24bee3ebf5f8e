"""What extensions are tested with: phantoms by number, doubles, a model server, tiny models and conformance laws."""
