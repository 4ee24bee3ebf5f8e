"""What is read as what: each file is one protocol, named in the setting `protocols`, that the gate may choose."""
