"""The demo's server: right headers, nothing outside its folders."""

from __future__ import annotations

import gzip
import http.client
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from grader.errors import EnvironmentProblem
from grader.site.serve import FEEDBACK_POLICY, make_server


@pytest.fixture
def port(tmp_path: Path) -> Iterator[int]:
    """A server over a small site and a feedback folder."""
    site, feedback = tmp_path / "site", tmp_path / "feedback"
    (site / "modules").mkdir(parents=True)
    (feedback / "김 가람").mkdir(parents=True)
    (tmp_path / "secret.txt").write_text("secret", encoding="utf-8")
    (site / "index.html").write_text("<html><head></head>" + "안녕 " * 400, encoding="utf-8")
    (site / "modules" / "index.html").write_text("modules", encoding="utf-8")
    (site / "404.html").write_text("<html><head><title>없음</title></head></html>", encoding="utf-8")
    (site / "x.wasm").write_bytes(b"\0asm")
    (site / "link.txt").symlink_to(tmp_path / "secret.txt")
    (feedback / "김 가람" / "e0.html").write_text("<script>1</script>", encoding="utf-8")
    with make_server({"": site, "feedback": feedback}, port=0) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield int(server.server_address[1])
        server.shutdown()
        thread.join()


def get(port: int, path: str, method: str = "GET", **headers: str) -> tuple[int, dict[str, str], bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request(method, path, headers=headers)
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    return answer.status, {name.lower(): value for name, value in answer.getheaders()}, body


def test_page_is_served_compressed_when_asked(port: int) -> None:
    """Text is packed for clients that say so; the folder's own address gives its index."""
    status, headers, body = get(port, "/", **{"Accept-Encoding": "gzip"})
    assert status == 200
    assert headers["content-type"] == "text/html; charset=utf-8"
    assert gzip.decompress(body) == get(port, "/index.html")[2]
    assert headers["x-content-type-options"] == "nosniff"


def test_wasm_has_its_type(port: int) -> None:
    """A browser hangs silently on WebAssembly of the wrong type."""
    assert get(port, "/x.wasm")[1]["content-type"] == "application/wasm"


def test_feedback_is_strict(port: int) -> None:
    """What learners' code printed can neither run nor load anything, and is not kept."""
    status, headers, _ = get(port, "/feedback/%EA%B9%80%20%EA%B0%80%EB%9E%8C/e0.html")
    assert status == 200
    assert headers["content-security-policy"] == FEEDBACK_POLICY
    assert headers["cache-control"] == "no-store"


def test_site_may_run_only_its_own_scripts(port: int) -> None:
    """The site's own policy names no other host."""
    policy = get(port, "/")[1]["content-security-policy"]
    assert "default-src 'self'" in policy
    assert "http" not in policy


@pytest.mark.parametrize(
    "path",
    [
        "/../secret.txt",
        "/%2e%2e/secret.txt",
        "/feedback/../../secret.txt",
        "/link.txt",
        "/a%00b",
        "//etc/passwd",
    ],
)
def test_nothing_outside_is_shown(port: int, path: str) -> None:
    """Neither dots nor links nor odd characters lead out of the folders."""
    status, _, body = get(port, path)
    assert status == 404
    assert b"secret" not in body


def test_lost_readers_get_the_site_page(port: int) -> None:
    """The not-found page works from any depth."""
    status, headers, body = get(port, "/a/b/c.html")
    assert status == 404
    assert headers["content-type"].startswith("text/html")
    assert b'<base href="/">' in body


def test_folder_without_slash_is_redirected(port: int) -> None:
    """Relative links of an index need the slash; another host is never the target."""
    status, headers, _ = get(port, "/modules")
    assert (status, headers["location"]) == (301, "/modules/")


def test_head_sends_no_body(port: int) -> None:
    """HEAD answers like GET, without the body."""
    status, headers, body = get(port, "/index.html", method="HEAD")
    assert (status, body) == (200, b"")
    assert int(headers["content-length"]) > 500


def test_occupied_port_says_what_to_do(port: int, tmp_path: Path) -> None:
    """The message names the port."""
    with pytest.raises(EnvironmentProblem, match=f"port {port} cannot be used"):
        make_server({"": tmp_path}, port=port)
