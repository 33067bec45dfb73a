"""Make the learner-facing package importable as it is in a notebook."""

from __future__ import annotations

import sys
from pathlib import Path

LAB_PARENT = str(Path(__file__).parents[3] / "course")
if LAB_PARENT not in sys.path:
    sys.path.insert(0, LAB_PARENT)
