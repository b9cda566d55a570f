"""The pytest plugin: `pip install "postroom[testing]"` gives tests the fixtures `postroom` and `async_postroom`."""
