"""Takes the pictures of the README: `python -m pictures` shows invented people and their mail to Chromium."""
