"""`python -m postroom` and the `postroom` program."""

from __future__ import annotations

from postroom.cli.main import main

if __name__ == "__main__":
    main()
