"""`overread app`: the review page."""

from pathlib import Path
from typing import Annotated

import typer

from overread.cli.session import session_of


def page(
    context: typer.Context,
    host: Annotated[str | None, typer.Option("--host", metavar="ADDRESS", help="Address to listen on.")] = None,
    review_only: Annotated[
        bool, typer.Option("--review-only", help="Load no model: cases are read elsewhere, decided on here.")
    ] = False,
    port: Annotated[int | None, typer.Option("--port", min=0, max=65535, help="Port to listen on.")] = None,
    tls_cert: Annotated[
        Path | None, typer.Option("--tls-cert", metavar="FILE", help="Certificate chain (PEM) to serve https with.")
    ] = None,
    tls_key: Annotated[Path | None, typer.Option("--tls-key", metavar="FILE", help="Key of the certificate.")] = None,
) -> None:
    """Serve the review page on this machine; what its models read, it also reads for `overread read`."""
    settings = session_of(context).settings(tls_cert=tls_cert, tls_key=tls_key)
    from overread.cli.case_reading import reading_for_others
    from overread.review.app import serve

    serve(settings, host=host, port=port, review_only=review_only, beside=reading_for_others)
