"""Masks that cancel: whoever adds all shares learns their sum, and nothing of any one of them.

Pairwise additive masks (Bonawitz et al., CCS 2017, without its recovery of sites that drop out): each pair of sites
agrees on a secret (X25519, RFC 7748) from which both draw the same numbers modulo 2**64; one adds them, the other takes
them off. A key serves once: two sums under the same masks would tell their difference.
"""

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from overread.errors import ModelRefused, Unavailable
from overread.pooling.share import CELLS, Histogram, Masked, Share
from overread.store.files import write_whole

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

KEY_FILE = "pool.key"
BYTES = 32

Words = NDArray[np.uint64]


def make_key(home: Path, public: Path) -> str:
    """Make a key pair: the private half stays in the home folder, for its owner alone; give the public half's name.

    Raises `ModelRefused` where a key is waiting to be used: the sites may have its public half already.
    """
    kept = home / KEY_FILE
    if kept.exists():
        raise ModelRefused(f"a key waits to be used in {kept}; delete it to begin anew with every site")
    private = _x25519().X25519PrivateKey.generate()
    write_whole(kept, private.private_bytes_raw())
    write_whole(public, private.public_key().public_bytes_raw().hex().encode())
    return name_of(private.public_key().public_bytes_raw())


def name_of(public: bytes) -> str:
    """Name a public key by 16 hex digits of its SHA-256."""
    return hashlib.sha256(public).hexdigest()[:16]


def masked(share: Share, home: Path, sites: Sequence[Path]) -> Share:
    """Mask a share with the key of this home and the public keys of all sites, one's own among them.

    Raises `ModelRefused` without a key, for a file that is no key, and where one's own is not among them.
    """
    private = _private(home)
    own = private.public_key().public_bytes_raw()
    others = {name_of(key): key for key in map(_public, sites)}
    name = name_of(own)
    if name not in others or len(others) < 2:
        raise ModelRefused("--sites takes the public keys of all sites, two at least, with this site's own among them")
    secrets = {other: _secret(private, key) for other, key in others.items() if other != name}
    return share.model_copy(
        update={
            "masked": Masked(site=name, sites=tuple(sorted(others))),
            "histograms": tuple(_hidden(one, name, secrets) for one in share.histograms),
        }
    )


def forget_key(home: Path) -> None:
    """Delete the private key: it has served."""
    (home / KEY_FILE).unlink(missing_ok=True)


def _hidden(one: Histogram, name: str, secrets: dict[str, bytes]) -> Histogram:
    words = np.asarray(one.counts, np.int64).astype(np.uint64)
    for other, secret in secrets.items():
        stream = _stream(secret, "\n".join(one.key))
        words = words + stream if name < other else words - stream
    return one.model_copy(update={"counts": tuple(words.tolist())})


def _stream(secret: bytes, purpose: str) -> Words:
    """Draw CELLS numbers modulo 2**64 (SHAKE256, FIPS 202)."""
    drawn = hashlib.shake_256(secret + purpose.encode()).digest(8 * CELLS)
    return np.frombuffer(drawn, "<u8").astype(np.uint64)


def _secret(private: "X25519PrivateKey", public: bytes) -> bytes:
    try:
        shared = private.exchange(_x25519().X25519PublicKey.from_public_bytes(public))
    except ValueError:
        raise ModelRefused(f"the key {name_of(public)} agrees on no secret; ask its site for another") from None
    return hashlib.sha256(b"overread-pool-1" + shared).digest()


def _private(home: Path) -> "X25519PrivateKey":
    try:
        held = (home / KEY_FILE).read_bytes()
        private: X25519PrivateKey = _x25519().X25519PrivateKey.from_private_bytes(held)
        return private
    except OSError:
        raise ModelRefused("this site has no key; 'overread pool key FILE' makes one, for one share") from None
    except ValueError:
        raise ModelRefused(f"{home / KEY_FILE} is damaged; delete it and begin anew with every site") from None


def _public(path: Path) -> bytes:
    try:
        key = bytes.fromhex(path.read_text(encoding="ascii").strip())
    except (OSError, ValueError):
        key = b""
    if len(key) != BYTES:
        raise ModelRefused(f"{path.name} is no public key; 'overread pool key FILE' writes one")
    return key


def _x25519() -> Any:
    try:
        from cryptography.hazmat.primitives.asymmetric import x25519
    except ImportError:
        raise Unavailable("masked shares need cryptography: pip install 'overread[pool]'") from None
    return x25519
