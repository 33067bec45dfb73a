"""The official `openai` package works with the practice server, unchanged."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from typing import Any

import openai
import pytest
from medai_lab.llm.cassette import Cassette, Entry
from medai_lab.llm.embedding import embed
from medai_lab.llm.faults import Fault
from medai_lab.llm.reply import Origin
from medai_lab.llm.request import normalise
from medai_lab.llm.scripted import Script, Scripted
from medai_lab.llm.server import MODELS, PracticeServer
from pydantic import BaseModel

ASKED: list[Any] = [{"role": "user", "content": "혈색소가 무엇입니까?"}]
FORM: list[Any] = [
    {
        "role": "user",
        "content": "Extract the fields.\n<text>\nAge: 52. I smoke ten cigarettes a day.\n</text>",
    }
]
STORED = Entry(
    normalise(ASKED, {"temperature": 0}), "산소를 나릅니다.", Origin.AUTHORS, "2026-11-22", "CC BY 4.0"
)


@pytest.fixture
def told() -> list[Scripted]:
    return []


@pytest.fixture
def client(told: list[Scripted]) -> Iterator[openai.OpenAI]:
    script = Script(1, 0.0, (Fault.ALTERED_NUMBER,))
    with PracticeServer(Cassette([STORED]), script, tell=told.append) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        with openai.OpenAI(base_url=server.base_url, api_key="none", max_retries=0, timeout=20) as client:
            yield client
        server.shutdown()
        thread.join()


def test_replay(client: openai.OpenAI) -> None:
    """A stored reply comes back and says in its model field that no model wrote it."""
    got = client.chat.completions.create(model="medai-replay", messages=ASKED, temperature=0)
    assert got.choices[0].message.content == "산소를 나릅니다."
    assert got.model == "medai-authors (not a model)"
    assert got.model_extra is not None
    assert got.model_extra["medai"]["origin"] == "written-by-authors"


def test_a_miss_is_a_not_found_error(client: openai.OpenAI) -> None:
    """The client raises its own exception, with our advice and code."""
    with pytest.raises(openai.NotFoundError) as caught:
        client.chat.completions.create(model="medai-replay", messages=ASKED, temperature=1)
    assert caught.value.code == "replay_miss"
    assert "LLM_MODE=scripted" in caught.value.message


def test_streaming_adds_up_to_the_answer(client: openai.OpenAI) -> None:
    """Pieces, finish reason and usage arrive as from OpenAI."""
    whole = client.chat.completions.create(model="medai-scripted", messages=ASKED)
    chunks = list(
        client.chat.completions.create(
            model="medai-scripted", messages=ASKED, stream=True, stream_options={"include_usage": True}
        )
    )
    pieces = [c.choices[0].delta.content or "" for c in chunks if c.choices]
    assert "".join(pieces) == whole.choices[0].message.content
    assert len(pieces) > 3
    assert [c.choices[0].finish_reason for c in chunks if c.choices][-1] == "stop"
    assert chunks[-1].usage is not None


class Form(BaseModel):
    """What a learner asks for."""

    age: int
    smoking: bool
    allergy: bool | None


class StrictForm(BaseModel):
    """The same without a way to say “not told”."""

    smoking: bool
    allergy: bool


def test_json_schema(client: openai.OpenAI) -> None:
    """`parse` with a pydantic model gets an object; a schema that would force a guess gets a refusal."""
    got = client.chat.completions.parse(model="medai-scripted", messages=FORM, response_format=Form)
    assert got.choices[0].message.parsed == Form(age=52, smoking=True, allergy=None)
    refused = client.chat.completions.parse(model="medai-scripted", messages=FORM, response_format=StrictForm)
    assert refused.choices[0].message.parsed is None
    assert "allergy" in str(refused.choices[0].message.refusal)


def test_tool_calls(client: openai.OpenAI) -> None:
    """Call, result, answer: whole and streamed."""
    parameters = {"type": "object", "properties": {"item": {"type": "string"}}, "required": ["item"]}
    function = {"name": "look_up_cutoff", "description": "검진 항목 기준값 찾기", "parameters": parameters}
    tools: list[Any] = [{"type": "function", "function": function}]
    asked: list[Any] = [{"role": "user", "content": "공복혈당 기준값을 찾아 주십시오"}]
    message = (
        client.chat.completions.create(model="medai-scripted", messages=asked, tools=tools).choices[0].message
    )
    assert message.tool_calls is not None
    call: Any = message.tool_calls[0]
    assert json.loads(call.function.arguments) == {"item": "공복혈당"}
    turn = [*asked, message.model_dump(), {"role": "tool", "tool_call_id": call.id, "content": "100 mg/dL"}]
    final = client.chat.completions.create(model="medai-scripted", messages=turn, tools=tools)
    assert "100 mg/dL" in str(final.choices[0].message.content)
    with client.chat.completions.stream(model="medai-scripted", messages=asked, tools=tools) as stream:
        streamed: Any = stream.get_final_completion().choices[0].message.tool_calls
    assert streamed[0].function.name == "look_up_cutoff"


def test_embeddings_and_models(client: openai.OpenAI) -> None:
    """The client's base64 and plain lists give the same numbers."""
    packed = client.embeddings.create(model="medai-embedding", input=["공복혈당", "혈압"], dimensions=64)
    plain = client.embeddings.create(
        model="medai-embedding", input="공복혈당", dimensions=64, encoding_format="float"
    )
    assert packed.data[0].embedding == pytest.approx(embed("공복혈당", 64), abs=1e-6)
    assert plain.data[0].embedding == pytest.approx(packed.data[0].embedding, abs=1e-6)
    assert [model.id for model in client.models.list()] == list(MODELS)


def test_labels_go_to_graders_only(client: openai.OpenAI, told: list[Scripted]) -> None:
    """What was planted is told to the one who started the server, never over the wire."""
    got = client.chat.completions.create(model="medai-scripted", messages=ASKED)
    assert len(told) == 1
    assert "planted" not in got.model_dump_json()
