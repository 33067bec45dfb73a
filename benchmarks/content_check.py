"""How long `medai check` takes on the whole course, beside starting Python with the same imports.

Prints medians of processor and wall time and their ratio, so that a slow machine does not mislead.
"""

from __future__ import annotations

import resource
import statistics
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).parents[1]
RUNS = 7
START = [sys.executable, "-c", "import grader.cli.main, grader.manifest.check"]
CHECK = [str(Path(sys.executable).with_name("medai")), "check"]


def measure(command: list[str]) -> tuple[float, float]:
    """Return wall and processor seconds of one run."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    started = time.perf_counter()
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    wall = time.perf_counter() - started
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return wall, used


def main() -> None:
    """Run both by turns and print the comparison."""
    rows = [(measure(START), measure(CHECK)) for _ in range(RUNS)]
    print("                     wall s   processor s")
    medians = []
    for column, name in enumerate(("start and imports", "medai check")):
        wall = statistics.median(row[column][0] for row in rows)
        used = statistics.median(row[column][1] for row in rows)
        medians.append((wall, used))
        print(f"{name:20} {wall:7.2f}   {used:7.2f}")
    print(f"the check itself     {medians[1][0] - medians[0][0]:7.2f}   {medians[1][1] - medians[0][1]:7.2f}")
    print(f"ratio to start-up    {medians[1][0] / medians[0][0]:7.2f}   {medians[1][1] / medians[0][1]:7.2f}")


if __name__ == "__main__":
    main()
