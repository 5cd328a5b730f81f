"""Programs to run: `python -m demos`."""
