"""Whole runs of compile, fit, evaluate and predict, written once for nn and for Keras: the same names, the same numbers."""

import numpy as np
from reference.layers import made, numbers

X, Y = numbers(20, 3), numbers(20, 2, shift=0.3)
LABELS = (X.sum(1) > 0).astype(int)
CLASSES = np.argmax(X, -1)
WEIGHTS = np.round(1 + numbers(20, shift=0.7), 2)
IMAGES = numbers(20, 5, 5, 1)
WORDS = np.where(np.arange(4) < 1 + np.arange(20)[:, None] % 4, 1 + (np.arange(80) * 7 % 5).reshape(20, 4), 0)
STEPS = np.where(np.arange(80).reshape(20, 4) % 3, numbers(20, 4, shift=0.1) > 0, 1).astype(int)

# {case: (layers as (class, options), options of compile, options of fit)}. An optimizer is (class, options).
RUNS = {
    "regression": (
        [("Dense", dict(units=4, activation="tanh")), ("Dense", dict(units=2))],
        dict(optimizer=("Adam", dict(learning_rate=0.05)), loss="mse", metrics=["mae"]),
        dict(x=X, y=Y, batch_size=7, validation_data=(X[:5], Y[:5])),
    ),
    "binary": (
        [("Dense", dict(units=4, activation="relu")), ("Dense", dict(units=1, activation="sigmoid"))],
        dict(optimizer=("SGD", dict(learning_rate=0.3, momentum=0.9)), loss="binary_crossentropy", metrics=["accuracy"]),
        dict(x=X, y=LABELS, batch_size=4, validation_split=0.25, class_weight={0: 0.5, 1: 2.0}),
    ),
    "classes": (
        [("Dense", dict(units=5, activation="gelu")), ("Dense", dict(units=3, activation="softmax"))],
        dict(optimizer=("RMSprop", dict(learning_rate=0.02)), loss="sparse_categorical_crossentropy", metrics=["accuracy"]),
        dict(x=X, y=CLASSES, batch_size=8, sample_weight=WEIGHTS, validation_data=(X[5:], CLASSES[5:], WEIGHTS[5:])),
    ),
    "rows": (
        [("Dense", dict(units=3, activation="softmax"))],
        dict(optimizer=("Nadam", dict(learning_rate=0.1)), loss="categorical_crossentropy", metrics=["accuracy", "mse"]),
        dict(x=X, y=np.eye(3)[CLASSES], batch_size=20, class_weight={0: 0.5, 2: 3.0}),
    ),
    "penalties": (
        [
            ("Dense", dict(units=6, activation="silu", kernel_regularizer="l2", bias_regularizer="l1")),
            ("BatchNormalization", dict(momentum=0.8)),
            ("LayerNormalization", {}),
            ("Dense", dict(units=2, use_bias=False, kernel_regularizer="l1")),
        ],
        dict(optimizer=("Adagrad", dict(learning_rate=0.2)), loss="huber", metrics=[]),
        dict(x=X, y=Y, batch_size=6, validation_split=0.3),
    ),
    "images": (
        [
            ("Conv2D", dict(filters=3, kernel_size=3, padding="same", activation="relu")),
            ("MaxPool2D", dict(pool_size=2)),
            ("Flatten", {}),
            ("Dense", dict(units=2)),
        ],
        dict(optimizer=("AdamW", dict(learning_rate=0.02)), loss="mae", metrics=["mse"]),
        dict(x=IMAGES, y=Y, batch_size=8, validation_data=(IMAGES[:9], Y[:9]), validation_freq=2),
    ),
    "masked words": (
        [
            ("Embedding", dict(input_dim=6, output_dim=3, mask_zero=True)),
            ("GRU", dict(units=3, return_sequences=True)),
            ("LSTM", dict(units=3)),
            ("Dense", dict(units=1, activation="sigmoid")),
        ],
        dict(optimizer=("SGD", dict(learning_rate=0.3)), loss="binary_crossentropy", metrics=["accuracy"]),
        dict(x=WORDS, y=LABELS, batch_size=8, validation_split=0.25),
    ),
    "masked steps": (
        [
            ("Embedding", dict(input_dim=6, output_dim=3, mask_zero=True)),
            ("Bidirectional", dict(layer=("LSTM", dict(units=2, return_sequences=True)))),
            ("LayerNormalization", {}),
            ("Dense", dict(units=3, activation="softmax")),
        ],
        dict(optimizer=("SGD", dict(learning_rate=0.2)), loss="sparse_categorical_crossentropy", metrics=["accuracy"]),
        dict(x=WORDS, y=STEPS, batch_size=6, validation_data=(WORDS[:9], STEPS[:9])),
    ),
    "masked steps with weights": (
        [
            ("Masking", dict(mask_value=0.0)),
            ("SimpleRNN", dict(units=3, return_sequences=True)),
            ("TimeDistributed", dict(layer=("Dense", dict(units=2, activation="softmax")))),
        ],
        dict(optimizer=("SGD", dict(learning_rate=0.2)), loss="sparse_categorical_crossentropy",
             weighted_metrics=["accuracy"]),
        dict(x=WORDS[..., None] * numbers(20, 4, 2), y=STEPS, batch_size=6,
             sample_weight=WEIGHTS[:, None] * [1.0, 0.5, 2.0, 1.5]),
    ),
}  # fmt: skip
EPOCHS = 4


def run(library, layers, compiling, fitting):
    """{what: array} after a run: the history, evaluate, predict, and the weights."""
    model = library.Sequential([made(library.layers, name, options) for name, options in layers])
    model.build((None, *fitting["x"].shape[1:]))
    model.set_weights([1.0 + 0 * w if np.all(w == 1) else 0.5 * numbers(*w.shape) for w in model.get_weights()])
    name, options = compiling["optimizer"]
    model.compile(**compiling | {"optimizer": getattr(library.optimizers, name)(**options)})
    history = model.fit(**fitting, epochs=EPOCHS, shuffle=False, verbose=0).history
    judged = model.evaluate(fitting["x"], fitting["y"], batch_size=7, verbose=0, return_dict=True)
    found = history | {f"evaluated {name}": number for name, number in judged.items()}
    found |= {"predicted": model.predict(fitting["x"], batch_size=6, verbose=0)}
    return found | {f"weights {k}": w for k, w in enumerate(model.get_weights())}
