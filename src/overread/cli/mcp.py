"""`overread mcp`: cases for an agent, over standard input and output."""

import typer

from overread.cli.read import Profile
from overread.cli.review_options import Reviewer
from overread.cli.session import session_of
from overread.errors import UsageError


def mcp(context: typer.Context, reviewer: Reviewer = None, profile: Profile = None) -> None:
    """Let an agent look at cases, ask and find, over MCP (stdio); it can sign and acknowledge nothing."""
    settings = session_of(context).settings(profile=profile)
    try:
        from overread.mcp.server import build_server
    except ModuleNotFoundError as error:
        if error.name not in ("mcp", "mcp_types"):
            raise
        raise UsageError("MCP needs its package: pip install 'overread[mcp]'") from error
    from overread.cli.review_input import person
    from overread.composition import open_room, parts_of
    from overread.mcp.visitor import Visitor
    from overread.retrieving.filling import ROLE
    from overread.settings import load_profile

    parts = parts_of(load_profile(settings.profile, settings), settings)
    with open_room(settings) as room:
        visitor = Visitor(room, person(reviewer))
        visitor.only("read")  # a name without an account is told now, not to the agent
        build_server(visitor, lambda: parts.embedding(ROLE)).run("stdio")
