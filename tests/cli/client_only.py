"""The program as `pip install "postroom[client]"` gives it: a process that finds no library of the server."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

# The libraries of the extra `server` without those that the extra `client` has as well.
SERVER_PACKAGES = (
    *("aiodns", "aiohappyeyeballs", "aiohttp", "aiosmtplib", "alembic", "argon2", "asyncpg", "cryptography"),
    *("greenlet", "httptools", "jinja2", "joserfc", "markupsafe", "nh3", "orjson", "prometheus_client", "pycares"),
    *("pyotp", "dotenv", "python_socks", "selectolax", "sqlalchemy", "starlette", "structlog"),
    *("uvicorn", "uvloop", "webencodings", "yarl"),
)
_PROGRAM = f"""
import sys
class Missing:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {SERVER_PACKAGES!r}:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)
sys.meta_path.insert(0, Missing())
sys.argv = ["postroom", *sys.argv[1:]]
from postroom.cli.main import main
main()
"""


def run_client_only(
    folder: Path, *arguments: str, environment: Mapping[str, str] | None = None, stdin: str = ""
) -> subprocess.CompletedProcess[str]:
    """Run a command to its end where no library of the server can be imported."""
    return subprocess.run(
        [sys.executable, "-c", _PROGRAM, *arguments],
        cwd=folder,
        env={"COLUMNS": "80", "NO_COLOR": "1", "HOME": str(folder), **(environment or {})},
        input=stdin,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
