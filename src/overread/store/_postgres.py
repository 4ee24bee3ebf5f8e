"""How long either end of a connection to PostgreSQL waits for a host that is gone without a word.

A cable that is pulled closes nothing: without these a server keeps the session, and the locks that it holds, for the
two hours of the system's default, and a client waits for an answer about as long as the system sends again. Parameters
are libpq's (https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-KEEPALIVES) and the server's of the same
purpose, which a session may set for itself; on a Unix socket they do nothing.
"""

from collections.abc import Mapping

import sqlalchemy as sa

IDLE_SECONDS, INTERVAL_SECONDS, TIMES = 10, 5, 3
GONE_SECONDS = IDLE_SECONDS + TIMES * INTERVAL_SECONDS
"""After so long without an answer a connection is given up, by each end for itself."""
_KEPT_ALIVE = {
    "tcp_keepalives_idle": IDLE_SECONDS,
    "tcp_keepalives_interval": INTERVAL_SECONDS,
    "tcp_keepalives_count": TIMES,
    "tcp_user_timeout": 1000 * GONE_SECONDS,
}
_CONNECTING: Mapping[str, str | int] = {
    "connect_timeout": GONE_SECONDS,
    "keepalives_idle": IDLE_SECONDS,
    "keepalives_interval": INTERVAL_SECONDS,
    "keepalives_count": TIMES,
    "tcp_user_timeout": 1000 * GONE_SECONDS,
    "options": " ".join(f"-c {name}={value}" for name, value in _KEPT_ALIVE.items()),
}


def connecting(url: sa.URL) -> dict[str, str | int]:
    """Give the parameters of a connection; what the address itself says of one of them holds."""
    return {name: value for name, value in _CONNECTING.items() if name not in url.query}
