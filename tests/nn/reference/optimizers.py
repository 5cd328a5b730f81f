"""What optimizers are compared on: two variables that descend for 50 steps, a slope that each step depends on.

The same table and the same numpy slope drive our optimizers and Keras's, so the only thing that differs is the optimizer.
"""

import numpy as np

STEPS = 50
KEPT = [1, 2, 3, 10, 25, 50]  # the steps of a trajectory that are stored

# {case: (class, options)}. The rates are such that each case goes somewhere in 50 steps. A rate that is a tuple is a
# schedule: its class and arguments.
CASES = {
    "sgd": ("SGD", {}),
    "sgd_momentum": ("SGD", dict(learning_rate=0.02, momentum=0.9)),
    "sgd_nesterov": ("SGD", dict(learning_rate=0.02, momentum=0.9, nesterov=True)),
    "sgd_nesterov_no_momentum": ("SGD", dict(learning_rate=0.02, nesterov=True)),
    "sgd_weight_decay": ("SGD", dict(learning_rate=0.05, momentum=0.5, weight_decay=0.1)),
    "adam": ("Adam", {}),
    "adam_fast": ("Adam", dict(learning_rate=0.1, beta_1=0.8, beta_2=0.95, epsilon=1e-3)),
    "adam_amsgrad": ("Adam", dict(learning_rate=0.05, beta_2=0.9, amsgrad=True)),
    "adam_weight_decay": ("Adam", dict(learning_rate=0.05, weight_decay=0.02)),
    "adamw": ("AdamW", {}),
    "adamw_fast": ("AdamW", dict(learning_rate=0.05, weight_decay=0.1)),
    "adamw_amsgrad": ("AdamW", dict(learning_rate=0.05, beta_2=0.9, amsgrad=True)),
    "adadelta": ("Adadelta", {}),
    "adadelta_zeiler": ("Adadelta", dict(learning_rate=1.0, rho=0.9, epsilon=1e-5)),
    "adagrad": ("Adagrad", {}),
    "adagrad_fast": ("Adagrad", dict(learning_rate=0.3, initial_accumulator_value=0.0, epsilon=1e-4)),
    "rmsprop": ("RMSprop", {}),
    "rmsprop_momentum": ("RMSprop", dict(learning_rate=0.01, momentum=0.8)),
    "rmsprop_centered": ("RMSprop", dict(learning_rate=0.01, rho=0.8, epsilon=1e-4, centered=True)),
    "rmsprop_centered_momentum": ("RMSprop", dict(learning_rate=0.01, momentum=0.5, epsilon=1e-3, centered=True)),
    "adamax": ("Adamax", {}),
    "adamax_fast": ("Adamax", dict(learning_rate=0.05, beta_1=0.8, beta_2=0.9, epsilon=1e-3)),
    "nadam": ("Nadam", {}),
    "nadam_fast": ("Nadam", dict(learning_rate=0.05, beta_1=0.8, beta_2=0.95, epsilon=1e-4)),
    "lion": ("Lion", {}),
    "lion_fast": ("Lion", dict(learning_rate=0.02, beta_1=0.7, beta_2=0.8, weight_decay=0.1)),
    "clipvalue": ("SGD", dict(learning_rate=0.05, momentum=0.9, clipvalue=0.5)),
    "clipnorm": ("Adam", dict(learning_rate=0.05, clipnorm=0.5)),
    "schedule": ("Adam", dict(learning_rate=("ExponentialDecay", 0.1, 9, 0.5))),
    "global_clipnorm": ("SGD", dict(learning_rate=0.05, global_clipnorm=1.0)),
}

# {case: (class, options)}, each driving an SGD and asked for its rate at RATE_STEPS
SCHEDULES = {
    "piecewise": ("PiecewiseConstantDecay", dict(boundaries=[10, 25], values=[0.1, 0.02, 0.004])),
    "exponential": ("ExponentialDecay", dict(initial_learning_rate=0.1, decay_steps=20, decay_rate=0.5)),
    "staircase": ("ExponentialDecay", dict(initial_learning_rate=0.1, decay_steps=20, decay_rate=0.5, staircase=True)),
    "cosine": ("CosineDecay", dict(initial_learning_rate=0.1, decay_steps=40)),
    "cosine_alpha": ("CosineDecay", dict(initial_learning_rate=0.1, decay_steps=30, alpha=0.2)),
    "cosine_warmup": (
        "CosineDecay",
        dict(initial_learning_rate=0.01, decay_steps=30, alpha=0.1, warmup_target=0.1, warmup_steps=10),
    ),
    "cosine_warmup_from_0": (
        "CosineDecay",
        dict(initial_learning_rate=0.0, decay_steps=100, warmup_target=0.1, warmup_steps=7),
    ),
}
RATE_STEPS = [0, 1, 5, 9, 10, 11, 20, 24, 25, 26, 39, 40, 41, 60, 1000]


def starts():
    """The variables at step 0: a matrix of which one number is 0, and a vector."""
    return [np.sin(np.arange(6.0)).reshape(3, 2), 2 * np.cos(np.arange(4.0))]


def slope(t, w):
    """The gradient at the numbers w in step t: of a bowl that is steeper in some directions, and of waves that move."""
    i = np.arange(1.0, w.size + 1).reshape(w.shape)
    return 0.5 * i * w + np.sin(0.3 * t * i) + 0.1 * np.cos(3 * w)


def trajectory(step, read):
    """All numbers after each of the 50 steps, of shape (50, 10). step(gradients) makes a step, read() gives the variables."""
    path = []
    for t in range(1, STEPS + 1):
        step([slope(t, np.asarray(w)) for w in read()])
        path.append(np.concatenate([np.ravel(w) for w in read()]))
    return np.array(path)


def made(optimizers, name, options):
    """The optimizer of that name from keras.optimizers or nn.optimizers."""
    made = {key: getattr(optimizers.schedules, x[0])(*x[1:]) if isinstance(x, tuple) else x for key, x in options.items()}
    return getattr(optimizers, name)(**made)


def keras_trajectory(keras, name, options):
    """The trajectory of Keras's optimizer; call it with keras.config.floatx() == "float64"."""
    variables = [keras.Variable(w, dtype="float64") for w in starts()]
    optimizer = made(keras.optimizers, name, options)
    to_tensor = keras.ops.convert_to_tensor

    def step(gradients):
        optimizer.apply_gradients([(to_tensor(g, dtype="float64"), v) for g, v in zip(gradients, variables)])

    return trajectory(step, lambda: [keras.ops.convert_to_numpy(v.value) for v in variables])


def keras_rates(keras, name, options):
    """What Keras's schedule says at RATE_STEPS, in float64."""
    schedule = getattr(keras.optimizers.schedules, name)(**options)
    return np.array([float(schedule(keras.ops.convert_to_tensor(float(t), dtype="float64"))) for t in RATE_STEPS])
