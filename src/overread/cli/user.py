"""`overread user`: the accounts of the review page."""

import getpass
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from overread.cli.printing import print_json, print_table, say
from overread.cli.read import AsJson
from overread.cli.session import session_of
from overread.errors import UsageError

if TYPE_CHECKING:
    from overread.records.people import Role
    from overread.store.people import People

Name = Annotated[str, typer.Argument(metavar="NAME", help="What the person signs in with.")]
RoleOption = Annotated[str, typer.Option("--role", help="viewer, reviewer, signer or admin.")]


def build() -> typer.Typer:
    """Build the group `user`."""
    app = typer.Typer(help="Accounts of the review page (sign_in=accounts, proxy or oidc).", no_args_is_help=True)
    app.command("add")(add)
    app.command("list")(list_users)
    app.command("role")(role)
    app.command("password")(password)
    app.command("disable")(disable)
    app.command("enable")(enable)
    return app


def add(
    context: typer.Context,
    name: Name,
    role: RoleOption,
    display_name: Annotated[
        str | None, typer.Option("--display-name", metavar="TEXT", help="The name that signs; NAME when not given.")
    ] = None,
    vouched: Annotated[
        bool,
        typer.Option("--no-password", help="No password: a proxy or an identity provider vouches for this person."),
    ] = False,
) -> None:
    """Make an account; its password is asked for, or read as one line from standard input."""
    checked = _role(role)
    with _people(context) as people:
        secret = None if vouched else _new_password(name)
        user = people.add(name, display_name or name, checked, secret, _operator())
    say(f"{user.name} ({user.display_name}) is a {user.role}", "bold green")


def list_users(context: typer.Context, as_json: AsJson = False) -> None:
    """List all accounts."""
    from rich.table import Table

    with _people(context) as people:
        users = people.all()
    if as_json:
        keys = ("name", "display_name", "role", "disabled", "local")
        made = ((user, user.created_at.isoformat()) for user in users)
        print_json([{key: getattr(user, key) for key in keys} | {"created_at": at} for user, at in made])
        return
    table = Table("name", "signs as", "role", "state", "signs in by", box=None, pad_edge=False)
    for user in users:
        state = "disabled" if user.disabled else "active"
        table.add_row(user.name, user.display_name, user.role, state, "password" if user.local else "proxy or provider")
    print_table(table)


def role(context: typer.Context, name: Name, role: RoleOption) -> None:
    """Give an account another role, from its next request on."""
    checked = _role(role)
    with _people(context) as people:
        people.set_role(name, checked, _operator())
    say(f"{name} is a {checked}")


def password(context: typer.Context, name: Name) -> None:
    """Replace an account's password, asked for as by 'add'; its logins end."""
    with _people(context) as people:
        people.user(name)
        people.set_password(name, _new_password(name), _operator())
    say(f"{name} has a new password; all logins of before have ended")


def disable(context: typer.Context, name: Name) -> None:
    """Let an account in no more; its logins end at once, what it did stays."""
    with _people(context) as people:
        people.disable(name, _operator())
    say(f"{name} is disabled; all logins have ended")


def enable(context: typer.Context, name: Name) -> None:
    """Let a disabled account in again."""
    with _people(context) as people:
        people.enable(name, _operator())
    say(f"{name} is enabled")


@contextmanager
def _people(context: typer.Context) -> "Iterator[People]":
    from overread.store.home import open_home

    with closing(open_home(session_of(context).settings())) as home:
        yield home.people


def _role(said: str) -> "Role":
    from overread.records.people import RIGHTS

    for known in RIGHTS:
        if said == known:
            return known
    raise UsageError(f"--role {said}: give one of {', '.join(RIGHTS)}")


def _new_password(name: str) -> str:
    """Ask twice without echo; where nobody can be asked, take one line. Never an argument: others see those."""
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\r\n")
    first = getpass.getpass(f"Password of {name} (12 characters or more): ")
    if getpass.getpass("Once more: ") != first:
        raise UsageError("the two passwords differ; nothing was changed")
    return first


def _operator() -> str:
    """Name who works at the terminal, for the audit."""
    return f"{getpass.getuser()} (terminal)"
