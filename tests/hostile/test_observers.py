"""Whoever looks for harm finds it: each observer is shown the harm itself.

Nothing here runs hostile code.
"""

from __future__ import annotations

import base64
import re
import socket
import subprocess
from pathlib import Path

import pytest
import yaml
from corpus import FAMILIES, HERE, Bait, Harm, load_attacks, load_content, make_submission
from host import find_files, laid_out, list_processes, reap, snapshot
from pages import find_controls, find_hidden, find_live, hidden_lines, hidden_marks
from table import OURS_RESULTS, PAGE, THEIR_RESULTS, fill_page, find_stale, korean_titles, read_results

from grader.authoring.lint import lint_assignment
from grader.text import Language

ROOT = Path(__file__).parents[2]
BAIT = Bait("mk0", "/course", "/home", ("/secret",), 1, "abstract", "/socket")


def test_the_corpus_is_sound() -> None:
    """The assignment has no problem of its own, every family is there, every submission can be made."""
    attacks = load_attacks()
    assert lint_assignment(load_content()) == []
    assert len(attacks) >= 120
    assert {attack.family for attack in attacks} == set(FAMILIES)
    files = [make_submission(attack, BAIT) for attack in attacks if attack.handed_in == "file"]
    assert len(set(files)) == len(files)


def test_every_harm_is_aimed_at() -> None:
    """No kind of harm is listed that no attack tries to do."""
    assert {harm for attack in load_attacks() for harm in attack.must_not} == set(Harm)


def test_no_attack_knows_a_hidden_value() -> None:
    """A submission that holds a hidden value would put it on its own page."""
    for attack in load_attacks():
        text = make_submission(attack, BAIT).decode("utf-8", "replace")
        assert [mark for mark in hidden_marks() if mark in text] == [], attack.id


@pytest.mark.parametrize(
    "html",
    [
        *(
            "<script>1</script>",
            "<img src=x onerror=alert(1)>",
            "<a href='javascript:1'>x</a>",
            "<svg></svg>",
        ),
        *("<a href=' jAvAscript:1'>x</a>", "<iframe></iframe>", "<meta http-equiv=refresh content=0>"),
        *("<img src='https://example.com/x.png'>", "<td style='background:url(x)'>", "<style></style>"),
        *("<a href='data:text/html,x'>x</a>", "<form></form>", "<base href=x>", "<link rel=stylesheet>"),
    ],
)
def test_live_markup_is_seen(html: str) -> None:
    """Whatever runs, fetches or submits is found."""
    assert find_live(f"<p>text</p>{html}") != []


def test_dead_markup_is_not_taken_for_live() -> None:
    """Tables, escaped text, inline pictures and links are fine."""
    dead = "<table><tr><td>1</td></tr></table>&lt;script&gt;<img src='data:image/png;base64,AAAA'>"
    assert find_live(dead + "<a href='https://example.com'>x</a><a href='#part'>y</a>") == []


@pytest.mark.parametrize("text", ["\x1b[31m", "\x00", "\u202e", "\u2066", "\x9b", "\x07", "\x7f"])
def test_control_characters_are_seen(text: str) -> None:
    """Terminal codes and direction overrides are found."""
    assert find_controls(f"text {text} text") != []


@pytest.mark.parametrize("mark", hidden_marks())
def test_hidden_values_are_seen_in_every_disguise(mark: str) -> None:
    """Plain, spaced, one letter a line, reversed, in hexadecimal and in base64, also within a picture."""
    text = f"called with {mark}"
    for shown in (
        text,
        " ".join(text),
        "\n".join(text),
        text[::-1],
        text.encode().hex(),
        base64.b64encode(text.encode()).decode(),
        base64.b64encode(b"\x89PNG12" + text.encode()).decode(),
    ):
        assert find_hidden([shown]) != [], shown


def test_hidden_lines_are_seen() -> None:
    """The source of a hidden assert is found however it is spaced."""
    assert len(hidden_lines()) > 10
    assert find_hidden(["assert (len(morning),  len(evening)) == (1, 1)"]) != []


def test_changes_of_the_machine_are_seen(tmp_path: Path) -> None:
    """A process, a file, a connection and a changed secret are found, and belong to whoever left them."""
    attack = load_attacks()[0]
    with laid_out(tmp_path, tmp_path / "course") as host:
        mark = host.bait.mark(attack)
        before = snapshot(host, tmp_path)
        process = subprocess.Popen([mark, "60"], executable="/usr/bin/sleep")
        assert any(mark in line for line in list_processes(host.bait.run).values())
        process.kill()
        process.wait()
        reap()
        assert list_processes(host.bait.run) == {}
        left = Path(f"/dev/shm/{mark}")
        left.touch()
        found = find_files(mark)
        left.unlink()
        assert found == [str(left)]
        with socket.create_connection(("127.0.0.1", host.bait.port)) as one:
            one.send(mark.encode())
        with socket.socket(socket.AF_UNIX) as one:
            one.connect(f"\0{host.bait.abstract}")
        with socket.socket(socket.AF_UNIX) as one:
            one.connect(host.bait.unix)
        Path(host.bait.secret_files[0]).write_text("changed")
        assert snapshot(host, tmp_path) != before
        listeners = host.listeners
    heard = {words.partition(":")[0] for words in listeners.heard}
    assert heard == {"TCP port", "abstract socket", "unix socket"}
    assert any(mark in words for words in listeners.heard)
    assert not Path(host.bait.secret_files[-1]).exists()


def test_attack_files_are_yaml_without_surprises() -> None:
    """A file names its cells once; YAML would silently keep the last of two."""

    class Strict(yaml.SafeLoader):
        pass

    def mapping(loader: Strict, node: yaml.MappingNode) -> dict[object, object]:
        keys = [loader.construct_object(key) for key, _ in node.value]
        assert len(keys) == len(set(map(str, keys))), keys
        return dict(yaml.SafeLoader.construct_mapping(loader, node, deep=True))

    Strict.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, mapping)
    for path in (HERE / "attacks").rglob("*.yml"):
        assert yaml.load(path.read_text("utf-8"), Loader=Strict)


@pytest.mark.parametrize("language", list(Language))
def test_the_page_says_what_the_corpus_and_the_results_say(language: Language) -> None:
    """The tables of the docs are those that the corpus and the kept results give."""
    text = (ROOT / "docs" / language / PAGE).read_text("utf-8")
    assert fill_page(text, language) == text, "run `python benchmarks/hostile_table.py write`"


def test_every_attack_has_a_korean_title() -> None:
    """The Korean page names every attack, and no other; titles have no digits, so that both pages agree."""
    assert sorted(korean_titles()) == sorted(attack.id for attack in load_attacks())
    assert [one for one in korean_titles().values() if re.search(r"[0-9|]", one)] == []
    assert [attack.id for attack in load_attacks() if re.search(r"[0-9|]", attack.title)] == []


def test_kept_results_belong_to_the_corpus_as_it_is() -> None:
    """A changed attack is run again, in nbgrader and in ours, before its result is shown."""
    assert find_stale(read_results(THEIR_RESULTS)) == []
    assert find_stale(read_results(OURS_RESULTS)) == []
