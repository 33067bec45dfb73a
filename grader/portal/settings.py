"""How a portal is set up: where its data lie, how it is reached, how patient it is.

Knows values and their defaults; must not read the environment: the command line does.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from grader.store.retention import RetentionPolicy


@dataclass(frozen=True)
class PasswordCost:
    """Cost of argon2id; the defaults are RFC 9106's second choice, for machines with little memory."""

    time_cost: int = 3
    memory_kib: int = 65_536
    parallelism: int = 4


@dataclass(frozen=True)
class PortalSettings:
    """Everything an operator may choose."""

    data: Path
    """Folder of database, blobs, keys and the nbgrader course directory."""
    database_url: str | None = None
    """PostgreSQL; by default SQLite in the data folder."""
    public_url: str = "http://127.0.0.1:8000"
    """As people type it. With https, cookies are Secure and browsers are told to stay on https."""
    trusted_proxies: frozenset[str] = frozenset()
    """Addresses whose X-Forwarded-For is believed."""
    max_upload_bytes: int = 20_000_000
    max_download_bytes: int = 500_000_000
    """Of a whole class's work from another platform, which staff bring in."""
    download_timeout_s: float = 1800.0
    """For the same."""
    upload_timeout_s: float = 120.0
    session_idle_trainee_s: int = 12 * 3600
    session_idle_staff_s: int = 2 * 3600
    session_absolute_s: int = 14 * 24 * 3600
    keep: RetentionPolicy = field(default_factory=RetentionPolicy)
    """How long what is not needed any more is kept: daily upkeep removes it then."""
    password_cost: PasswordCost = field(default_factory=PasswordCost)
    require_second_factor: bool = True
    """Of staff. Only the demo, which has fictional people on this machine alone, does without."""
    rate_limits: bool = True

    @property
    def is_https(self) -> bool:
        """Whether the portal is reached over https."""
        return urlsplit(self.public_url).scheme == "https"

    @property
    def origin(self) -> str:
        """Scheme and host of the public address, as browsers send it in `Origin`."""
        parts = urlsplit(self.public_url)
        return f"{parts.scheme}://{parts.netloc}"

    @property
    def course_dir(self) -> Path:
        """The nbgrader course directory that grading works in."""
        return self.data / "course"

    @property
    def handout_dir(self) -> Path:
        """What trainees get, as it was released: `<language>/<assignment>/`."""
        return self.data / "release"
