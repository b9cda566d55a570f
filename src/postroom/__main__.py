"""The entry point of `python -m postroom` and of the `postroom` program."""

from __future__ import annotations

from postroom.cli.main import main

if __name__ == "__main__":
    main()
