"""Serve the double until interrupted: `python -m overread.testing.model_server --fault slow`."""

import argparse
import sys

from overread.testing.model_server import FAULTS, ModelServer


def main() -> None:
    """Print the server's address, then serve until interrupted."""
    parser = argparse.ArgumentParser(prog="python -m overread.testing.model_server", description=__doc__)
    parser.add_argument("--port", type=int, default=8100)
    parser.add_argument("--seconds", type=float, default=0.0, help="latency of every answer")
    parser.add_argument("--dimension", type=int, help="length of embeddings, 256 for the model 'clip'")
    parser.add_argument("--fault", choices=FAULTS)
    parser.add_argument("--times", type=int, help="how many requests go wrong; all without it")
    chosen = parser.parse_args()
    server = ModelServer(port=chosen.port, dimension=chosen.dimension)
    server.seconds = chosen.seconds
    server.misbehave(chosen.fault, chosen.times)
    sys.stdout.write(f"{server.url}\n")
    sys.stdout.flush()
    try:
        server.serve()
    except KeyboardInterrupt:
        return


if __name__ == "__main__":
    main()
