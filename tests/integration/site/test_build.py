"""A real build in two languages: what MkDocs, static-i18n and the plugin make together."""

from __future__ import annotations

import io
import json
import os
import re
import shutil
import zipfile
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

from grader.errors import InvalidContent
from grader.site.build import SiteBuildError, build_site

PAGES = [
    "index.html",
    "facts.html",
    "glossary.html",
    "schedule.html",
    "guide/trainee.html",
    "tracks/basics.html",
    "roles/clinician.html",
    *(f"modules/e0-sample/{name}.html" for name in ("index", "practice", "quiz", "assignment", "instructor")),
    *(f"modules/e1-bare/{name}.html" for name in ("index", "quiz", "instructor")),
]
EVERY_PAGE = [*PAGES, *(f"en/{page}" for page in PAGES)]


class Links(HTMLParser):
    """Collects addresses, ids and languages of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.addresses: list[str] = []
        self.loaded: list[str] = []
        self.ids: list[str] = []
        self.language = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        if tag == "html":
            self.language = found.get("lang") or ""
        if found.get("id"):
            self.ids.append(str(found["id"]))
        if tag == "a" and found.get("href") is not None:
            self.addresses.append(str(found["href"]))
        if tag in {"img", "script", "link", "source", "iframe"}:
            self.loaded += [str(found[name]) for name in ("src", "href", "srcset") if found.get(name)]


def read(path: Path) -> Links:
    links = Links()
    links.feed(path.read_text(encoding="utf-8"))
    return links


def article(path: Path) -> str:
    text = path.read_text(encoding="utf-8")
    return text[text.index("<article") : text.index("</article>")]


@pytest.mark.parametrize("page", EVERY_PAGE)
def test_page_exists_in_its_language(site: Path, page: str) -> None:
    """Korean at the root, English under en/, and the page says which it is."""
    assert read(site / page).language == ("en" if page.startswith("en/") else "ko")


@pytest.mark.parametrize("page", EVERY_PAGE)
def test_nothing_is_loaded_from_elsewhere(site: Path, page: str) -> None:
    """Everything a page loads is a file of the site."""
    for address in read(site / page).loaded:
        assert not urlsplit(address).scheme or address.startswith("data:"), address
        if not address.startswith("data:"):
            assert ((site / page).parent / unquote(urlsplit(address).path)).resolve().is_file(), address


@pytest.mark.parametrize("page", EVERY_PAGE)
def test_every_link_leads_somewhere(site: Path, page: str) -> None:
    """Each inner link names a file that exists, and an anchor on it that exists.

    The way to the portal shows only where a portal serves the site, and leads to a page of that portal.
    """
    for address in read(site / page).addresses:
        parts = urlsplit(address)
        if parts.scheme or address == "/sign-in":
            continue
        target = ((site / page).parent / unquote(parts.path)).resolve() if parts.path else site / page
        assert target.is_file(), address
        if parts.fragment and target.suffix == ".html":
            assert unquote(parts.fragment) in read(target).ids, address


@pytest.mark.parametrize("page", EVERY_PAGE)
def test_ids_are_unique(site: Path, page: str) -> None:
    """An id names one element."""
    ids = read(site / page).ids
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize("page", PAGES)
def test_switch_keeps_the_page(site: Path, page: str) -> None:
    """The language link leads to the same page in the other language, and back."""
    for here, there, spoken in ((page, f"en/{page}", "en"), (f"en/{page}", page, "ko")):
        text = (site / here).read_text(encoding="utf-8")
        switch = re.search(rf'<a href="([^"]+)" hreflang="{spoken}"', text)
        assert switch
        assert ((site / here).parent / switch[1]).resolve() == (site / there).resolve()


def test_no_mark_is_left(site: Path) -> None:
    """Every piece found its place and every link its address."""
    for path in site.rglob("*.html"):
        text = path.read_text(encoding="utf-8")
        assert "<!-- medai:" not in text, path
        assert "medai:" not in re.sub(r"<!--.*?-->", "", text), path


def test_practice_was_run_in_the_language_of_the_page(site: Path) -> None:
    """Labels follow the language; tables, plots and the meant error are shown."""
    ko, en = (article(site / prefix / "modules/e0-sample/practice.html") for prefix in ("", "en"))
    assert "나이 25" in ko
    assert "age 25" in en
    assert '<th scope="row">가람</th>' in ko
    assert re.search(r'<img src="practice-plot-1.png" alt="점 두 개를 잇는 선" width="\d+" height="\d+"', ko)
    assert (site / "modules/e0-sample/practice-plot-1.png").read_bytes().startswith(b"\x89PNG")
    assert "ValueError: invalid literal" in ko


def test_downloads_are_there_in_each_language(site: Path) -> None:
    """Practice that runs where it is unpacked, spreadsheet, and an assignment without answers."""
    for language, prefix in (("ko", ""), ("en", "en/")):
        folder = site / prefix / "modules" / "e0-sample"
        with zipfile.ZipFile(folder / f"e0-sample-practice.{language}.zip") as archive:
            notebook = json.loads(archive.read("e0-sample-practice/e0-sample-practice.ipynb"))
            assert "e0-sample-practice/medai_lab/__init__.py" in archive.namelist()
            assert archive.read("e0-sample-practice/medai_lab/language.txt").decode() == f"{language}\n"
        assert all(not cell.get("outputs") for cell in notebook["cells"])
        assert (folder / f"e0-sample.{language}.xlsx").read_bytes().startswith(b"PK")
        with zipfile.ZipFile(io.BytesIO((folder / f"e0-sample.{language}.zip").read_bytes())) as archive:
            names = archive.namelist()
            text = archive.read("e0-sample/e0-sample.ipynb").decode()
        assert "e0-sample/people.csv" in names
        assert "e0-sample/medai_lab/__init__.py" in names
        assert "e0-sample/medai_lab/facts.json" in names
        assert "return number * 2" not in text


def test_untranslated_page_is_marked(site: Path) -> None:
    """A guide that exists only in Korean is shown in English with a notice, and marked as Korean."""
    text = article(site / "en/guide/operator.html")
    assert "has not been translated" in text
    assert '<div lang="ko">' in text
    assert "lang-notice" not in article(site / "guide/operator.html")


def test_hand_written_page_cites_facts(site: Path) -> None:
    """Guides cite like lessons do."""
    text = article(site / "guide/trainee.html")
    assert 'href="#source-1"' in text
    assert 'href="../facts.html#fact-bmi-limit"' in text


def test_home_page_has_its_cards(site: Path) -> None:
    """Tracks, roles and modules stand where the page asks for them; no sidebar takes their room."""
    text = article(site / "index.html")
    for target in ("tracks/basics.html", "roles/office.html", "modules/e1-bare/index.html"):
        assert f'href="{target}"' in text
    assert "<title>의료 AI 실무 교육 과정</title>" in (site / "index.html").read_text(encoding="utf-8")
    assert "<title>Medical AI in Practice</title>" in (site / "en/index.html").read_text(encoding="utf-8")


def test_answers_are_not_searched(site: Path) -> None:
    """Explanations of a quiz do not turn up in search results."""
    indexes = (site / "assets/medai/search").rglob("index.js")
    found = "".join(path.read_text(encoding="utf-8") for path in indexes)
    assert "무엇이 AI입니까" in found
    assert "그것은 모형입니다" not in found


def test_second_build_gives_the_same_site(checkout: Path, site: Path) -> None:
    """Nothing depends on the clock or on what was built before."""

    def contents() -> dict[str, bytes]:
        return {str(path.relative_to(site)): path.read_bytes() for path in site.rglob("*") if path.is_file()}

    before, environment = contents(), dict(os.environ)
    build_site(checkout, strict=True)
    assert dict(os.environ) == environment
    after = contents()
    assert sorted(before) == sorted(after)
    assert [name for name in before if before[name] != after[name]] == []


@pytest.fixture
def broken(checkout: Path, tmp_path: Path) -> Path:
    """A copy to break; its practice cache is warm."""
    root = tmp_path / "broken"
    shutil.copytree(checkout, root, ignore=shutil.ignore_patterns("site"))
    return root


def append(path: Path, text: str) -> None:
    path.write_text(path.read_text(encoding="utf-8") + text, encoding="utf-8")


def test_dangling_link_is_named(broken: Path) -> None:
    """A strict build stops at a link that leads nowhere, and names page and target."""
    append(broken / "course/modules/e1-bare/lesson.ko.md", "\n[길](nowhere.md)\n")
    with pytest.raises(SiteBuildError, match=r"modules/e1-bare/index\.md.*nowhere\.md"):
        build_site(broken, strict=True)


def test_failing_practice_cell_is_named(broken: Path) -> None:
    """The build stops with file, line, cell and message of a cell that failed."""
    cell = "\n```{code-cell} ipython3\n---\nmedai:\n  id: bad\n  role: code\n---\n1 / 0\n```\n"
    append(broken / "course/modules/e0-sample/practice.md", cell)
    told = r"practice\.md:\d+: practice-error: cell `bad` stopped: ZeroDivisionError"
    with pytest.raises(InvalidContent, match=told):
        build_site(broken, strict=True)


def test_broken_content_lists_every_problem(broken: Path) -> None:
    """Two faults in two files are told at once."""
    (broken / "course/modules/e0-sample/quiz.yml").write_text("questions: 1\n", encoding="utf-8")
    (broken / "course/facts.yml").write_text("facts: {\n", encoding="utf-8")
    with pytest.raises(InvalidContent) as caught:
        build_site(broken, strict=True)
    assert {"course/modules/e0-sample/quiz.yml", "course/facts.yml"} <= {
        p.path for p in caught.value.problems
    }


def test_lenient_build_shows_warnings(broken: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Without `strict`, a broken link is told and the site is still built."""
    append(broken / "course/modules/e1-bare/lesson.ko.md", "\n[길](nowhere.md)\n")
    assert (build_site(broken, strict=False) / "index.html").is_file()
    assert "nowhere.md" in capsys.readouterr().err


def test_missing_configuration_says_so(tmp_path: Path) -> None:
    """A folder without mkdocs.yml is no site."""
    with pytest.raises(SiteBuildError, match=r"mkdocs\.yml does not exist"):
        build_site(tmp_path)
