"""A model server that answers from a script over real HTTP on loopback, and misbehaves on order."""

from overread.testing.model_server._faults import FAULTS, Fault
from overread.testing.model_server._server import ModelServer, Received

__all__ = ["FAULTS", "Fault", "ModelServer", "Received"]
