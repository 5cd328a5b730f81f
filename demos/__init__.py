"""Programs to run: `python -m demos`."""

TOPICS = [  # in the order of the lecture
    "perceptron", "activations", "linear", "dense", "networks", "will_i_pass", "losses", "digits",
]  # fmt: skip
