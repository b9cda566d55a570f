"""`postroom migrate`, twice."""

from __future__ import annotations

from pathlib import Path

import pytest

from postroom.cli.migrate import migrate
from postroom.settings import Settings


def test_the_second_time_there_is_nothing_to_do(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    settings = Settings(data_dir=tmp_path, _env_file=None)
    migrate(settings)
    assert capsys.readouterr().out.startswith("The schema is now ")
    migrate(settings)
    assert capsys.readouterr().out.endswith("; nothing was to do.\n")
