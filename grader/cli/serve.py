"""`medai serve`: the portal, or the site alone. Knows click and the portal's interface, nothing deeper."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import click

from grader.cli.options import data_option, database_option, root_option
from grader.wire import Workspace, open_workspace

if TYPE_CHECKING:
    from grader.portal.context import Portal


@click.command("serve")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option(
    "--port", type=click.IntRange(0, 65535), default=8000, show_default=True, help="Port; 0 takes a free one."
)
@data_option
@database_option
@click.option("--public-url", help="Address as people type it; by default where it listens.")
@click.option(
    "--trusted-proxy",
    "proxies",
    multiple=True,
    metavar="ADDRESS",
    help="Address of a proxy with https in front, whose X-Forwarded-For is believed; may be repeated.",
)
@click.option("--tls-cert", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="PEM chain.")
@click.option("--tls-key", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="PEM key.")
@click.option("--allow-http", is_flag=True, help="Let other machines in over plain http: closed networks.")
@click.option(
    "--max-upload-mb",
    type=click.IntRange(1, 20),
    default=20,
    show_default=True,
    help="The most that a trainee may hand in at once.",
)
@click.option(
    "--max-download-mb",
    type=click.IntRange(1),
    default=500,
    show_default=True,
    help="The most that staff may bring in from another platform at once.",
)
@click.option(
    "--keep-refusals-days",
    type=click.IntRange(1),
    default=90,
    show_default=True,
    help="How long hand-ins that were turned away are kept.",
)
@click.option(
    "--keep-invitations-days",
    type=click.IntRange(1),
    default=30,
    show_default=True,
    help="How long used or expired invitations and tokens are kept.",
)
@click.option(
    "--keep-audit-days",
    type=click.IntRange(30),
    help="How long the audit is kept; by default for ever.",
)
@click.option("--build/--no-build", default=True, help="Build the site first.")
@click.option("--site-only", is_flag=True, help="Only show the site on this machine: no sign-in, no data.")
@root_option
def serve_command(
    host: str,
    port: int,
    data: Path | None,
    database_url: str | None,
    public_url: str | None,
    proxies: tuple[str, ...],
    tls_cert: Path | None,
    tls_key: Path | None,
    allow_http: bool,
    max_upload_mb: int,
    max_download_mb: int,
    keep_refusals_days: int,
    keep_invitations_days: int,
    keep_audit_days: int | None,
    build: bool,
    site_only: bool,
    root: Path | None,
) -> None:
    """Build the site and serve the portal until stopped: hand-ins, receipts, marking, feedback."""
    workspace = open_workspace(root)
    if site_only:
        _build_site(workspace, build)
        _serve_site(workspace, port)
        return
    from grader.portal.serve import Listening, check_safety, open_portal, serve_portal
    from grader.portal.settings import PortalSettings
    from grader.portal.worker import Worker
    from grader.store.retention import RetentionPolicy
    from grader.wire import open_course

    listening = Listening(host, port, tls_cert, tls_key, allow_http)
    settings = PortalSettings(
        data=(data or workspace.portal_data).resolve(),
        database_url=database_url,
        public_url=(public_url or listening.address).rstrip("/"),
        trusted_proxies=frozenset(proxies),
        max_upload_bytes=max_upload_mb * 1_000_000,
        max_download_bytes=max_download_mb * 1_000_000,
        keep=RetentionPolicy(keep_refusals_days, keep_invitations_days, keep_audit_days),
    )
    warning = check_safety(listening, settings)
    if warning:
        click.echo(f"medai: warning: {warning}", err=True)
    workspace, course = open_course(root)
    _build_site(workspace, build)
    with open_portal(workspace, course, settings) as portal:
        _lead_first_operator(portal)
        with suppress(KeyboardInterrupt):  # Ctrl-C is how it is meant to end
            serve_portal(
                portal,
                listening,
                companions=[Worker(portal)],
                on_open=lambda address: click.echo(f"{address}/  (Ctrl-C stops)", err=True),
            )


def _build_site(workspace: Workspace, build: bool) -> None:
    if build:
        from grader.site.build import build_site

        build_site(workspace.root, workspace.site)


def _serve_site(workspace: Workspace, port: int) -> None:
    from grader.site.serve import make_server

    with make_server({"": workspace.site}, port=port) as server, suppress(KeyboardInterrupt):
        click.echo(f"http://127.0.0.1:{server.server_port}/  (Ctrl-C stops)", err=True)
        server.serve_forever()


def _lead_first_operator(portal: Portal) -> None:
    """Say how the first person gets in; nobody can sign in to an empty portal."""
    from grader.model.people import Access
    from grader.store.people import PeopleFilter, count_people

    with portal.store.read() as db:
        if count_people(db, PeopleFilter(access=Access.OPERATOR)):
            return
    click.echo(
        "medai: nobody can sign in yet; make the first operator in another terminal:\n"
        f"  medai people add-operator ID --name NAME --data {portal.settings.data}",
        err=True,
    )
