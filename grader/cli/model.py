"""Commands about the practice model server. Knows click and the server's interface, nothing deeper."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import click
from grader.cli.options import root_option
from grader.wire import open_workspace


@click.group("model")
def model_command() -> None:
    """The practice model server: stored and scripted answers, no network."""


@model_command.command("serve")
@click.option("--port", default=8765, show_default=True, help="Port on 127.0.0.1.")
@click.option("--mode", type=click.Choice(["replay", "scripted"]), default="replay", show_default=True)
@root_option
def serve_model_command(port: int, mode: str, root: Path | None) -> None:
    """Serve an OpenAI-compatible endpoint on this machine until stopped.

    LLM_CASSETTE adds stored replies; LLM_SEED, LLM_FAULT_RATE and LLM_FAULTS plant faults in scripted ones.
    """
    sys.path.insert(0, str(open_workspace(root).root / "course"))
    from medai_lab.llm.asking import load_cassette, read_script
    from medai_lab.llm.reply import Mode
    from medai_lab.llm.server import PracticeServer

    script = read_script(os.environ)
    with PracticeServer(load_cassette(os.environ), script, mode=Mode(mode), port=port) as server:
        click.echo(f"{server.base_url}  ({mode}; Ctrl-C stops)", err=True)
        server.serve_forever()
