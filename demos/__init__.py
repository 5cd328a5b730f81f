"""Programs to run: `python -m demos`."""

TOPICS = [  # in the order of MIT 6.S191, lecture 1
    "perceptron", "activations", "linear", "dense", "networks", "will_i_pass", "losses", "descent", "backprop",
    "learning_rates", "optimizers", "batches", "fitting", "dropout", "early_stopping", "l2", "moons", "gradient_test",
    "convolution", "digits",
    "lstm", "gpt", "names",  # and of the lectures behind it
]  # fmt: skip
