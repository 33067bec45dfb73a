"""A stand-in for the lab package."""

import os


def t(ko: str, en: str) -> str:
    """Return the text in the run's language."""
    return en if os.environ.get("MEDAI_LANG") == "en" else ko
