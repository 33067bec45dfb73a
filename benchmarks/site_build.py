"""How much longer our site takes than plain mkdocs-material on the same Markdown.

    python benchmarks/site_build.py [--rounds 5] [--copies 1]

Both build the same rendered pages in both languages, in turn, in one run, each in a fresh process. The
plain build gets our generated pages as ordinary .md files (both languages as one tree), the same theme,
Markdown extensions and search plugin. Ours also reads and checks the course, renders pages and downloads,
runs one build per language, and writes its own search index and fonts; executed practice sheets and cut
fonts come from their caches (warm), which the first, unmeasured build fills. `--copies N` repeats every
module N times, to see how the ratio holds for a larger course.

Prints medians and the ratio; exits with 1 when the ratio is above the limit.
"""

from __future__ import annotations

import argparse
import os
import re
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import yaml

from grader.site.assemble import assemble_site
from grader.site.page import replace_marks, resolve_links
from grader.text import Language

REPOSITORY = Path(__file__).parents[1]
LIMIT = 1.5
THEME = "custom_dir: grader/site/theme"


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--root", type=Path, default=REPOSITORY, help="checkout to build (default: this one)")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--copies", type=int, default=1)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="site-benchmark-") as folder:
        ours = copy_checkout(options.root, Path(folder) / "ours", options.copies)
        build(ours)  # fills the caches
        plain = write_plain(ours, Path(folder) / "plain")
        pages = sum(1 for _ in (ours / "build" / "site").rglob("*.html"))
        print(f"{pages} pages, {options.rounds} rounds; practice and font caches warm")
        times: dict[str, list[tuple[float, float]]] = {"plain": [], "ours": []}
        for _ in range(options.rounds):
            times["plain"].append(build(plain))
            times["ours"].append(build(ours))
    return report(times)


def copy_checkout(root: Path, target: Path, copies: int) -> Path:
    """Copy what a build needs, with every module `copies` times."""
    for name in ("course", "assignments", "docs"):
        shutil.copytree(root / name, target / name)
    if (root / "build" / "cache").is_dir():
        shutil.copytree(root / "build" / "cache", target / "build" / "cache")
    config = (REPOSITORY / "mkdocs.yml").read_text(encoding="utf-8")
    theme = REPOSITORY / "grader" / "site" / "theme"
    (target / "mkdocs.yml").write_text(config.replace(THEME, f"custom_dir: {theme}"), encoding="utf-8")
    modules = target / "course" / "modules"
    codes = [letter + digit for letter in "AGE" for digit in "9876543210"]
    for module in sorted(modules.iterdir()):
        for number in range(1, copies):
            copy = modules / f"{module.name}-{number}"
            shutil.copytree(module, copy)
            text = (copy / "module.yml").read_text(encoding="utf-8")
            text = re.sub(r"^id: .*$", f"id: {copy.name}", text, flags=re.MULTILINE)
            text = re.sub(r"^code: .*$", f"code: {codes.pop(0)}", text, flags=re.MULTILINE)
            text = re.sub(r"^assignment: .*\n", "", text, flags=re.MULTILINE)
            (copy / "module.yml").write_text(text, encoding="utf-8")
    return target


def write_plain(ours: Path, target: Path) -> Path:
    """Write the same pages as ordinary Markdown, both languages in one tree, for plain mkdocs-material."""
    site = assemble_site(ours)
    for language in Language:
        rendered, docs = site.rendered[language], target / "docs" / language
        shutil.copytree(ours / "docs" / language, docs)
        for path in list(docs.rglob("*.md")):
            text = path.read_text(encoding="utf-8")
            place(path, path.relative_to(docs).as_posix(), replace_marks(text, site.pieces[language]))
        for page in rendered.pages.values():
            place(docs / page.path, page.path, page.fill(page.markdown))
        files = {path: file.content for path, file in rendered.files.items()}
        files |= {path: figure.read_bytes() for path, figure in site.figures[language].items()}
        for name, content in files.items():
            (docs / name).parent.mkdir(parents=True, exist_ok=True)
            (docs / name).write_bytes(content)
    loaded = yaml.unsafe_load((ours / "mkdocs.yml").read_text(encoding="utf-8"))
    theme = {
        key: value for key, value in loaded["theme"].items() if key not in {"custom_dir", "logo", "favicon"}
    }
    config = {
        "site_name": loaded["site_name"],
        "use_directory_urls": False,
        "theme": theme,
        "plugins": ["search"],
        "markdown_extensions": loaded["markdown_extensions"],
    }
    (target / "mkdocs.yml").write_text(yaml.dump(config, allow_unicode=True), encoding="utf-8")
    return target


def place(path: Path, name: str, text: str) -> None:
    """Write a page whose `medai:` links are ordinary relative addresses."""
    up = "../" * name.count("/")
    text, _ = resolve_links(text, lambda target: up + re.sub(r"\.md$", ".html", target))
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def build(root: Path) -> tuple[float, float]:
    """Build in a fresh process; return wall and processor seconds."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    start = time.perf_counter()
    command = [sys.executable, "-m", "mkdocs", "--quiet", "build"]
    subprocess.run(command, cwd=root, check=True, env=os.environ | {"NO_MKDOCS_2_WARNING": "1"})
    wall = time.perf_counter() - start
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def report(times: dict[str, list[tuple[float, float]]]) -> int:
    """Print medians and ratios."""
    medians = {
        name: (statistics.median(wall for wall, _ in runs), statistics.median(cpu for _, cpu in runs))
        for name, runs in times.items()
    }
    for name, (wall, cpu) in medians.items():
        print(f"{name:6} wall {wall:6.2f} s   processor {cpu:6.2f} s")
    wall_ratio = medians["ours"][0] / medians["plain"][0]
    cpu_ratio = medians["ours"][1] / medians["plain"][1]
    print(f"ratio  wall {wall_ratio:6.2f}     processor {cpu_ratio:6.2f}     limit {LIMIT}")
    return 0 if wall_ratio <= LIMIT else 1


if __name__ == "__main__":
    sys.exit(main())
