"""Programs to run: `python -m demos`."""

TOPICS = ["digits"]  # in the order of the lecture
