"""`python -m pictures`: takes every picture of the README anew."""

from __future__ import annotations

import argparse
import asyncio
import tempfile
from pathlib import Path
from typing import Final

from pictures.camera import Sight, take
from pictures.office import fill
from pictures.people import STAR
from postroom.log import configure
from tests.live.chromium import open_chromium
from tests.web.dashboard.desk_site import open_desk

_FOLDER: Final = Path(__file__).parents[1] / "docs" / "pictures"
SIGHTS: Final = (
    Sight("overview", "/", 1085),
    Sight("accounts", "/dashboard/accounts", 900),
    Sight("account", f"/dashboard/accounts/{STAR.account}", 1000),
)


async def take_all(folder: Path) -> None:
    """Take all pictures into a folder, and print what they weigh."""
    with tempfile.TemporaryDirectory(prefix="postroom-pictures-") as name:
        async with open_desk(f"sqlite:///{name}/postroom.db", Path(name)) as site, open_chromium() as browser:
            await fill(site)
            for sight in SIGHTS:
                for path, size in (await take(site, browser, sight, folder)).items():
                    print(f"{path.name}: {size // 1024} KiB")


def main() -> None:
    """Run the command."""
    parser = argparse.ArgumentParser(prog="pictures", description="Take the pictures of the README.")
    parser.add_argument("--to", type=Path, default=_FOLDER, help="the folder to write them into")
    configure("warning")
    asyncio.run(take_all(parser.parse_args().to))


if __name__ == "__main__":
    main()
