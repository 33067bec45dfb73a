"""Commands about the practice model. Knows click and the practice model's interface, nothing deeper."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path

import click

from grader.cli.options import root_option
from grader.errors import EnvironmentProblem
from grader.wire import open_workspace


@click.group("model")
def model_command() -> None:
    """The practice model: stored and scripted answers, without a network.

    \b
    LLM_MODE chooses what notebooks ask:
      replay    stored replies (what is used when nothing is set)
      scripted  a rule-based program, with seeded faults if wanted
      local     a model server on this computer, at LLM_BASE_URL
      api       your organisation's endpoint; made-up text only
    """


@contextmanager
def _lab(root: Path | None) -> Iterator[None]:
    """Make the course's `medai_lab` importable; its errors become ours."""
    sys.path.insert(0, str(open_workspace(root).root / "course"))
    from medai_lab.llm.reply import LlmError

    try:
        yield
    except LlmError as error:
        raise EnvironmentProblem(str(error)) from None


@model_command.command("serve")
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=8765,
    show_default=True,
    help="Port on 127.0.0.1; 0 takes a free one.",
)
@click.option(
    "--mode",
    type=click.Choice(["replay", "scripted"]),
    default="replay",
    show_default=True,
    help="What answers for model names other than medai-replay and medai-scripted.",
)
@root_option
def serve_model_command(port: int, mode: str, root: Path | None) -> None:
    """Serve an OpenAI-compatible endpoint on this computer until stopped.

    Prints its address. Any key will do; the model's name chooses: medai-replay, medai-scripted,
    medai-embedding. LLM_CASSETTE adds stored replies; LLM_SEED, LLM_FAULT_RATE and LLM_FAULTS plant faults
    in scripted ones.
    """
    with _lab(root):
        from medai_lab.llm.asking import load_cassette, read_script
        from medai_lab.llm.reply import Mode
        from medai_lab.llm.server import PracticeServer

        script = read_script(os.environ)
        try:
            server = PracticeServer(load_cassette(os.environ), script, mode=Mode(mode), port=port)
        except OSError as error:
            raise EnvironmentProblem(
                f"port {port} on 127.0.0.1 cannot be used: {error.strerror}",
                "stop what uses it, or choose another with --port (0 takes a free one)",
            ) from None
        with server, suppress(KeyboardInterrupt):  # Ctrl-C is how it is meant to end
            click.echo(server.base_url)
            click.echo(f"medai: {mode}, {len(server.cassette)} stored replies; Ctrl-C stops", err=True)
            server.serve_forever()


@model_command.command("record")
@click.argument("requests", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.argument("cassette", type=click.Path(dir_okay=False, path_type=Path))
@click.option(
    "--terms",
    required=True,
    help="Terms under which this model's output may be passed on, as its licence says.",
)
@click.option(
    "--date",
    "day",
    type=click.DateTime(["%Y-%m-%d"]),
    default=lambda: datetime.now().astimezone().strftime("%Y-%m-%d"),
    show_default="today",
    help="Day of the recording.",
)
@root_option
def record_model_command(
    requests: Path, cassette: Path, terms: str, day: datetime, root: Path | None
) -> None:
    """Record replies of your own model for mode replay.

    REQUESTS holds one JSON object a line, such as {"messages": [{"role": "user", "content": "…"}]}, with the
    settings that notebooks use. LLM_BASE_URL, LLM_MODEL and LLM_API_KEY say which model is asked. Nothing is
    sent if any request seems to hold identifiers. What CASSETTE already holds is not asked again: run the
    same command to go on after a stop, and name the file in LLM_CASSETTE to use it.
    """
    with _lab(root):
        from medai_lab.llm.asking import read_endpoint
        from medai_lab.llm.endpoint import is_loopback
        from medai_lab.llm.recording import read_requests, record
        from medai_lab.llm.reply import Mode

        here = is_loopback(os.environ.get("LLM_BASE_URL", ""))
        endpoint = read_endpoint(os.environ, Mode.LOCAL if here else Mode.API)
        wanted = read_requests(requests.read_text(encoding="utf-8"), requests.name)
        done, known = record(wanted, endpoint, cassette, terms=terms, today=day.date())
    click.echo(f"{cassette}: {done} recorded, {known} there already")
