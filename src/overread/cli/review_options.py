"""What several commands of `overread review` take."""

from typing import Annotated, Literal

import typer

CaseId = Annotated[str, typer.Argument(metavar="CASE", help="Case id, as 'review list' shows it.")]
Reviewer = Annotated[
    str | None, typer.Option("--reviewer", metavar="NAME", help="Who decides; the system user when not given.")
]
Edits = Annotated[
    list[str] | None, typer.Option("--edit", metavar="ID=TEXT", help="Put your own words for a statement. Repeat.")
]
Rejects = Annotated[list[str] | None, typer.Option("--reject", metavar="ID", help="Take a statement out. Repeat.")]
Findings = Annotated[
    list[str] | None,
    typer.Option(
        "--finding",
        metavar="ID=STATUS[,SIDE[,ZONE]]",
        help="Change a finding, by id or label: present, uncertain, absent or 'not assessed' (left out). Repeat.",
    ),
]
Added = Annotated[
    list[str] | None,
    typer.Option("--add", metavar="LABEL[,SIDE[,ZONE]]", help="Add a finding that the draft lacks. Repeat."),
]
Resolved = Annotated[
    list[str] | None,
    typer.Option("--resolve", metavar="CONFLICT=REASON", help="Settle an open conflict, by its id. Repeat."),
]
Shown = Annotated[
    str | None, typer.Option("--draft", metavar="DIGEST", help="Decide only on the draft that 'show' named so.")
]
Meant = Annotated[
    Literal["authorship", "approval"],
    typer.Option(
        "--meaning",
        help="What the signature means: you read the images and it is your report, or you checked and approve it.",
    ),
]
Yes = Annotated[
    bool, typer.Option("--yes", help="Sign without being shown the text and asked; a script is never asked.")
]
