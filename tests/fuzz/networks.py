"""Calls of nn that are right but for one or two arguments. What is made of them is used, as a fault may show only then."""

import inspect
import tempfile
from functools import cache, partial

import numpy as np

import autodiff as ad
import nn
import nn.tf as tf

X, Y = np.random.default_rng(0).normal(size=(6, 3)).astype("f"), np.arange(6.0, dtype="f")[:, None] / 6
IMAGES = np.random.default_rng(1).normal(size=(2, 6, 6, 1)).astype("f")
STEPS = np.random.default_rng(2).normal(size=(3, 3, 2)).astype("f")
LABELS, PROBABILITIES = np.array([0, 2, 1]), np.full((3, 3), 1 / 3)
HOT = np.eye(3)
LOGS, PARAMS = {"loss": 1.0, "val_loss": 1.0}, {"epochs": 2, "initial_epoch": 0, "steps": 1, "do_validation": True}


HEARD = []  # functions that are told of each model


def told(made):
    for function in HEARD:
        function(made)
    return made


def model(metrics=("mae",), built=True):
    made = nn.Sequential([nn.Dense(2, "tanh"), nn.Dropout(0.1), nn.Dense(1)])
    made.compile("sgd", "mse", list(metrics))
    if built:
        made(X)
    return told(made)


def classifier():
    made = nn.Sequential([nn.Dense(4, "relu"), nn.Dense(3, "softmax")])
    made.compile("adam", "sparse_categorical_crossentropy", ["acc"])
    made(X)
    return told(made)


def fitted():
    made = model()
    return made.fit(X, Y, epochs=2, verbose=0, validation_split=0.5)


# -- what is made, and then used -----------------------------------------------------------------------------------------------


def used(make, use):
    """A function that makes something of its arguments, and uses it."""

    def chain(*args, **options):
        return use(make(*args, **options))

    chain.__signature__ = inspect.signature(make)
    return chain


def train_with(**options):
    """A use: a model is trained with it."""

    def use(thing):
        trained = model()
        part = {name: wrap(thing) for name, wrap in options.items()}
        if "optimizer" in part:
            trained.compile(part.pop("optimizer"), "mse")
        return trained.fit(X, Y, **{"verbose": 0, "epochs": 2, "validation_split": 0.5, **part})

    return use


def step_with(optimizer):
    w, v = ad.Variable([1.0, 2.0]), ad.Value(3.0)
    for _ in range(2):
        optimizer.apply_gradients([(np.ones(2), w), (1.0, v)])


def updated(y, p, metric):
    metric.update_state(y, p)
    metric.update_state(y, p, np.ones(len(np.asarray(y))))
    return metric.result()


def walked(dataset):
    return [element for _, element in zip(range(9), dataset)]


def layers():
    rows = {
        nn.Dense: (X, dict(units=2, activation="relu", use_bias=True, kernel_initializer="zeros", bias_initializer="ones",
                           kernel_regularizer="l2", bias_regularizer=None)),
        nn.Perceptron: (X, dict(activation="sigmoid")),
        nn.Activation: (X, dict(activation="tanh")),
        nn.Flatten: (IMAGES, {}),
        nn.Dropout: (X, dict(rate=0.3, noise_shape=None, seed=1)),
        nn.Embedding: (LABELS, dict(input_dim=5, output_dim=2, embeddings_initializer="uniform", embeddings_regularizer="l1")),
        nn.Conv2D: (IMAGES, dict(filters=2, kernel_size=3, strides=1, padding="same", activation="relu", use_bias=True)),
        nn.MaxPool2D: (IMAGES, dict(pool_size=2, strides=1, padding="valid")),
        nn.BatchNormalization: (X, dict(axis=-1, momentum=0.9, epsilon=1e-3, center=True, scale=True)),
        nn.LayerNormalization: (X, dict(axis=-1, epsilon=1e-3, center=True, scale=True)),
        nn.LSTM: (STEPS, dict(units=2, activation="tanh", recurrent_activation="sigmoid", use_bias=True, unit_forget_bias=True,
                              kernel_initializer="zeros", recurrent_initializer="orthogonal", bias_initializer="zeros",
                              kernel_regularizer=None, dropout=0.1, recurrent_dropout=0.1, return_sequences=True,
                              return_state=False, go_backwards=True, stateful=False, seed=1)),
        nn.GRU: (STEPS, dict(units=2, reset_after=False)),
        nn.Conv1D: (STEPS, dict(filters=2, kernel_size=2, strides=1, padding="causal")),
        nn.Conv2DTranspose: (IMAGES, dict(filters=2, kernel_size=2, strides=2, padding="same")),
        nn.AveragePooling2D: (IMAGES, dict(pool_size=2, strides=1, padding="same")),
        nn.GlobalAveragePooling1D: (STEPS, dict(keepdims=True)),
        nn.UpSampling2D: (IMAGES, dict(size=2, interpolation="nearest")),
        nn.ZeroPadding2D: (IMAGES, dict(padding=((1, 0), (0, 1)))),
        nn.Permute: (STEPS, dict(dims=(2, 1))),
        nn.RepeatVector: (X, dict(n=2)),
        nn.Masking: (STEPS, dict(mask_value=0.0)),
        nn.ReLU: (X, dict(max_value=1.0, negative_slope=0.1, threshold=0.2)),
        nn.RMSNormalization: (X, dict(axis=-1, epsilon=1e-3)),
        nn.PositionEmbedding: (STEPS, dict(sequence_length=5, initializer="zeros")),
        nn.SinePositionEncoding: (STEPS, dict(max_wavelength=100.0)),
        nn.TimeDistributed: (STEPS, dict(layer=nn.Dense(2))),
        nn.MLP: (X, dict(sizes=[4, 2], activation="relu", output_activation=None, dropout=0.1, name="a")),
        nn.Sequential: (X, dict(layers=[nn.Dense(2)], name="a")),
    }  # fmt: skip
    common = dict(name="a", dtype="float32", trainable=True, input_shape=(3,))
    for kind, (x, options) in rows.items():
        every = options if issubclass(kind, nn.Model) else {**options, **common, "input_shape": x.shape[1:]}
        yield f"{kind.__name__}(...)(x)", used(kind, lambda layer, x=x: layer(x, training=True)), every
        yield f"{kind.__name__}()(x)", lambda x, kind=kind, options=options: kind(**options)(x), dict(x=x)
        yield f"{kind.__name__}().build", lambda input_shape, kind=kind, o=options: kind(**o).build(input_shape), dict(
            input_shape=(None, *x.shape[1:])
        )
    yield "Input", lambda shape, dtype, name: nn.Sequential([nn.Input(shape, dtype=dtype, name=name), nn.Dense(1)]), dict(
        shape=(3,), dtype="float32", name="a"
    )
    for name, make, options in (
        ("ELU", tf.keras.layers.ELU, dict(alpha=1.0)),
        ("Softmax", tf.keras.layers.Softmax, dict(axis=1)),
        ("Rescaling", tf.keras.layers.Rescaling, dict(scale=2.0, offset=1.0)),
        ("Reshape", tf.keras.layers.Reshape, dict(target_shape=(3, 1))),
        ("LeakyReLU", tf.keras.layers.LeakyReLU, dict(negative_slope=0.1)),
        ("Lambda", tf.keras.layers.Lambda, dict(function=ad.exp)),
    ):
        yield f"tf.keras.layers.{name}", used(make, lambda layer: layer(X)), options
    yield "Bidirectional(...)", lambda merge_mode: nn.Bidirectional(nn.SimpleRNN(2), merge_mode)(STEPS), dict(merge_mode="sum")
    yield "MultiHeadAttention(...)", used(nn.MultiHeadAttention, lambda layer: layer(STEPS, STEPS)), dict(
        num_heads=2, key_dim=2, value_dim=3, dropout=0.1, use_bias=True, output_shape=2, attention_axes=1
    )
    yield "MultiHeadAttention()", nn.MultiHeadAttention(2, 2), dict(
        query=STEPS, value=STEPS, key=STEPS, attention_mask=np.ones((3, 3, 3)), return_attention_scores=True,
        use_causal_mask=True,
    )  # fmt: skip
    for name in ("Add", "Subtract", "Multiply", "Maximum", "Concatenate", "Dot"):
        options = {"Concatenate": dict(axis=1), "Dot": dict(axes=1, normalize=True)}.get(name, {})
        yield f"{name}(...)", lambda a, b, name=name, **o: getattr(nn, name)(**o)([a, b]), dict(a=X, b=X, **options)
    yield "to_categorical", tf.keras.utils.to_categorical, dict(x=[0, 2, 1], num_classes=3)


def losses_and_metrics():
    targets = {"Sparse": LABELS, "Categorical": HOT, "Binary": np.ones((3, 3)), "": PROBABILITIES}

    def right(name):
        return next(y for prefix, y in targets.items() if name.startswith(prefix))

    for name in nn.losses.__all__:
        thing = getattr(nn.losses, name)
        y = right(nn.losses.NAMES[name].__name__ if name in nn.losses.NAMES else "")
        options = {p.name: p.default for p in inspect.signature(thing).parameters.values() if p.default is not p.empty}
        if not isinstance(thing, type):
            yield f"nn.losses.{name}", thing, dict(y_true=y, y_pred=PROBABILITIES, **options)
        elif thing is not nn.losses.Loss:
            chain = used(thing, lambda loss, y=y: loss(y, PROBABILITIES, np.ones(3)))
            yield f"nn.losses.{name}(...)", chain, {**options, "reduction": "sum", "name": "a"}
            yield f"nn.losses.{name}()", thing(), dict(y_true=y, y_pred=PROBABILITIES, sample_weight=np.ones(3))
    yield "Loss.get", lambda loss: model().compile("sgd", loss), dict(loss="mse")
    for name in nn.metrics.__all__:
        thing = getattr(nn.metrics, name)
        if name not in ("Metric", "Mean"):
            known = inspect.signature(thing).parameters
            options = {p.name: p.default for p in known.values() if p.default is not p.empty} | {"name": "a"}
            options |= {"threshold": 0.5} if "threshold" in known else {}
            needed = {"num_classes": 3, "sparse_y_pred": False} if name == "MeanIoU" else {}
            y = LABELS if needed else HOT if name.startswith("TopK") else right(name)
            yield f"nn.metrics.{name}(...)", used(thing, partial(updated, y, PROBABILITIES)), {**options, **needed}
            yield f"nn.metrics.{name}()", lambda y_true, y_pred, sample_weight, thing=thing, needed=needed: thing(**needed)(
                y_true, y_pred, sample_weight
            ), dict(y_true=y, y_pred=PROBABILITIES, sample_weight=np.ones(3))


def optimizers():
    common = dict(learning_rate=0.1, weight_decay=0.01, clipvalue=1.0, name="a")
    for name in nn.optimizers.__all__:
        kind = getattr(nn.optimizers, name)
        if isinstance(kind, type) and kind is not nn.optimizers.Optimizer:
            known = inspect.signature(kind).parameters.values()
            own = {p.name: p.default for p in known if p.default is not p.empty}
            yield f"nn.optimizers.{name}(...)", used(kind, step_with), {**own, **common}
            yield f"nn.optimizers.{name}(...) in fit", used(kind, train_with(optimizer=lambda x: x)), {**own, **common}

    def pairs():
        return [(np.ones(2), ad.Variable([1.0, 2.0])), (1.0, ad.Value(2.0))]

    yield "apply_gradients", lambda grads_and_vars: nn.optimizers.Adam().apply_gradients(grads_and_vars), dict(
        grads_and_vars=pairs()
    )
    yield "apply_gradients of a pair, which assigns", lambda g, v: nn.optimizers.Adam().apply_gradients([(g, v)]), dict(
        g=np.ones(2), v=ad.Variable([1.0, 2.0])
    )
    yield "apply", lambda gradients, variables: nn.optimizers.SGD().apply(gradients, variables), dict(
        gradients=[np.ones(2)], variables=[ad.Variable([1.0, 2.0])]
    )
    yield "build", lambda variables: nn.optimizers.Adam().build(variables), dict(variables=[ad.Variable([1.0])])
    yield "learning_rate =", lambda rate: setattr(nn.optimizers.Adam(), "learning_rate", rate), dict(rate=0.1)
    for name in ("by_value", "by_norm", "by_global_norm"):
        yield f"nn.clipping.{name}", getattr(nn.clipping, name), dict(gradients=[np.ones(2), None, 1.0], limit=0.5)
    yield "nn.clipping.global_norm", nn.clipping.global_norm, dict(gradients=[np.ones(2), None, 1.0])


def functions_of_shapes():
    def steps(schedule):
        return schedule(0), schedule(7), step_with(nn.optimizers.SGD(schedule))

    rows = {
        nn.schedules.PiecewiseConstantDecay: dict(boundaries=[2, 5], values=[0.1, 0.01, 0.001]),
        nn.schedules.ExponentialDecay: dict(initial_learning_rate=0.1, decay_steps=3, decay_rate=0.9, staircase=True),
        nn.schedules.CosineDecay: dict(initial_learning_rate=0.1, decay_steps=3, alpha=0.1, warmup_target=0.2, warmup_steps=2),
    }
    for kind, options in rows.items():
        yield f"nn.schedules.{kind.__name__}(...)", used(kind, steps), options
        yield f"nn.schedules.{kind.__name__}()", kind(**options), dict(step=3)
    for name in nn.initializers.__all__:
        kind = getattr(nn.initializers, name)
        if kind is not nn.initializers.Initializer:
            known = inspect.signature(kind).parameters.values()
            options = {p.name: p.default for p in known if p.default is not p.empty}
            yield f"nn.initializers.{name}(...)", used(kind, lambda fill: fill((3, 2))), options
            yield f"nn.initializers.{name}()", kind(), dict(shape=(3, 2), dtype="float32")
    for kind, options in (
        (nn.regularizers.L1, dict(l1=0.1)), (nn.regularizers.L2, dict(l2=0.1)), (nn.regularizers.L1L2, dict(l1=0.1, l2=0.1)),
    ):  # fmt: skip
        yield f"nn.regularizers.{kind.__name__}(...)", used(kind, lambda penalty: penalty(ad.Variable([1.0, -2.0]))), options
        yield f"nn.regularizers.{kind.__name__}()", kind(), dict(w=np.ones(2))


def callbacks():
    where = tempfile.mkdtemp()
    rows = {
        nn.callbacks.EarlyStopping: dict(monitor="val_loss", min_delta=0.0, patience=1, mode="auto", baseline=None,
                                         restore_best_weights=True, start_from_epoch=0),
        nn.callbacks.ModelCheckpoint: dict(filepath=f"{where}/a.npz", monitor="val_loss", save_best_only=True,
                                           save_weights_only=False, mode="min"),
        nn.callbacks.ReduceLROnPlateau: dict(monitor="val_loss", factor=0.5, patience=1, mode="auto", min_delta=1e-4,
                                             cooldown=0, min_lr=0.0),
        nn.callbacks.LambdaCallback: dict(on_epoch_end=lambda *_, **__: None, on_train_begin=None),
        nn.callbacks.LearningRateScheduler: dict(schedule=lambda epoch, rate: 0.9 * rate),
        nn.callbacks.CSVLogger: dict(filename=f"{where}/a.csv", separator=",", append=False),
        nn.callbacks.TerminateOnNaN: dict(verbose=False),
        nn.callbacks.Diagnose: dict(every=2, verbose=False),
    }  # fmt: skip
    for kind, options in rows.items():
        yield f"nn.callbacks.{kind.__name__}(...) in fit", used(kind, train_with(callbacks=lambda x: [x])), options
        for hook, given in (
            ("on_train_begin", {"logs": None}), ("on_train_end", {"logs": LOGS}),
            ("on_epoch_begin", {"epoch": 0, "logs": None}), ("on_epoch_end", {"epoch": 0, "logs": LOGS}),
            ("on_train_batch_end", {"batch": 0, "logs": {"loss": 1.0}}),
        ):  # fmt: skip

            def driven(kind=kind, options=options, hook=hook, **given):
                callback = kind(**options)
                callback.model, callback.params = model(), PARAMS
                if hook != "on_train_begin":
                    callback.on_train_begin()
                try:
                    return getattr(callback, hook)(**given)
                finally:
                    if isinstance(callback, nn.callbacks.CSVLogger):
                        callback.file.close()

            yield f"{kind.__name__}().{hook}", driven, given
    yield "History.plot", lambda names, ax: fitted().plot(names, ax), dict(names="loss", ax=None)


def training():
    some = dict(x=X, y=Y, sample_weight=np.ones(6))
    held = dict(validation_split=0.3, shuffle=True, initial_epoch=0, validation_freq=1)
    fit = dict(**some, batch_size=2, epochs=1, verbose=0, callbacks=[nn.callbacks.TerminateOnNaN()], **held)
    for name, make in (("model", model), ("classifier", classifier), ("unbuilt", partial(model, built=False))):
        y = LABELS.repeat(2) if name == "classifier" else Y
        own, weight = {**some, "y": y}, {0: 2.0} if name == "classifier" else None
        yield f"{name}.fit", lambda make=make, **options: make().fit(**options), {**fit, "y": y}
        yield f"{name}.fit with validation_data", lambda make=make, **options: make().fit(**options), dict(
            x=X, y=y, verbose=0, validation_data=(X, y, np.ones(6)), validation_batch_size=2, class_weight=weight
        )
        yield f"{name}.fit with a part of validation_data", lambda x, y, w, make=make, t=y: make().fit(
            X, t, validation_data=(x, y, w)
        ), dict(x=X, y=y, w=np.ones(6))
        yield f"{name}.evaluate", lambda make=make, **options: make().evaluate(**options), {
            **own, "batch_size": 4, "verbose": 0, "return_dict": True,
        }  # fmt: skip
        yield f"{name}.predict", lambda make=make, **options: make().predict(**options), dict(x=X, batch_size=4, verbose=0)
        yield f"{name}.train_on_batch", lambda make=make, **options: make().train_on_batch(**options), {
            **own, "class_weight": weight, "return_dict": True,
        }  # fmt: skip
        yield f"{name}.test_on_batch", lambda make=make, **options: make().test_on_batch(**options), own
        yield f"{name}.compute_loss", lambda make=make, **options: make().compute_loss(**options), {**own, "y_pred": None}
        yield f"{name}(x)", lambda x, training, make=make: make()(x, training=training), dict(x=X, training=False)
    yield "compile", lambda **options: model().compile(**options), dict(
        optimizer="adam", loss="mse", metrics=["mae"], run_eagerly=False
    )
    yield "compile, fit", lambda **options: (made := model()).compile(**options) or made.fit(X, Y, verbose=0), dict(
        optimizer="adam", loss="mse", metrics=["mae"], run_eagerly=True
    )
    yield "a metric by itself", lambda metric: model([metric]).evaluate(X, Y), dict(metric=nn.losses.mean_squared_error)
    yield "summary", lambda print_fn: model().summary(print_fn), dict(print_fn=print)
    yield "set_weights", lambda weights: model().set_weights(weights), dict(weights=model().get_weights())
    yield "set_weights in part", lambda w: nn.Sequential([nn.Dense(1, input_shape=(2,))]).set_weights([w, [1.0]]), dict(
        w=np.ones((2, 1))
    )
    yield "add_weight", lambda **options: nn.Dense(1).add_weight(**options), dict(
        shape=(2, 3), initializer="zeros", regularizer="l2", trainable=True, name="a"
    )
    yield "Sequential.add", lambda layer: model().add(layer), dict(layer=nn.Dense(1))
    path = f"{tempfile.mkdtemp()}/a.npz"
    model().save(path)
    model().save_weights(f"{path}.weights.npz")
    for name in ("save", "load", "save_weights", "load_weights"):
        kept = f"{tempfile.mkdtemp()}/a.npz" if "save" in name else path
        kept = f"{path}.weights.npz" if name == "load_weights" else kept
        yield name, lambda path, name=name: getattr(model(), name)(path), dict(path=kept)
    yield "diagnose", nn.diagnose, dict(model=model(), x=X, y=Y, sample_weight=np.ones(6), batch_size=2, shuffle=False)
    yield "learning_rate_sweep", nn.tuning.learning_rate_sweep, dict(model=model(), x=X, y=Y, rates=[0.1], epochs=1)
    yield "sweep", lambda **options: nn.tuning.sweep(lambda a: model(), **options, verbose=0, raise_errors=True), dict(
        grid={"a": [1.0]}, x=X, y=Y, seeds=1, epochs=1
    )
    one, weights = nn.Sequential([nn.Dense(1, input_shape=(2,))]), {"a.weight": np.ones((1, 2)), "a.bias": [0.0]}
    for name in ("to_torch", "from_torch"):
        yield f"nn.exchange.{name}", getattr(nn.exchange, name), dict(model=one, state_dict=weights)
    yield "nn.exchange.from_torch in part", lambda w: nn.exchange.from_torch(one, {**weights, "a.weight": w}), dict(
        w=np.ones((1, 2))
    )
    yield "nn.set_random_seed", nn.set_random_seed, dict(seed=1)
    yield "nn.generator", nn.generator, dict(seed=1)
    yield "nn.training", nn.training, dict(on=True)
    yield "nn.set_floatx", nn.set_floatx, dict(dtype="float64")
    net = nn.scalar.MLP(2, [2, 1])
    yield "nn.scalar.MLP(...)", lambda **options: nn.scalar.MLP(**options)([1.0, 2.0]), dict(
        n_in=2, sizes=[2, 1], activation="relu"
    )
    yield "nn.scalar.MLP()", net, dict(x=[1.0, 2.0])


def datasets():
    Dataset = tf.data.Dataset
    rows = Dataset.from_tensor_slices((X, Y))
    yield "from_tensor_slices", used(Dataset.from_tensor_slices, walked), dict(tensors=(X, {"a": Y}))
    yield "Dataset.range", lambda a, b, c: walked(Dataset.range(a, b, c)), dict(a=0, b=3, c=1)
    for name, options in {
        "shuffle": dict(buffer_size=3, seed=1), "batch": dict(batch_size=2, drop_remainder=True),
        "map": dict(map_func=lambda x, y: (x, 2 * y)), "repeat": dict(count=2), "take": dict(count=2), "skip": dict(count=2),
        "enumerate": dict(start=1), "prefetch": dict(buffer_size=2),
    }.items():  # fmt: skip
        yield f"Dataset.{name}", used(getattr(rows, name), walked), options


def pictures():
    kept = fitted()
    plots = nn.plots
    yield "plots.history", plots.history, dict(history=kept, names=["loss"], ax=None)
    yield "plots.learning_rates", plots.learning_rates, dict(histories={0.1: kept, 1.0: kept}, ax=None)
    rows = [{"learning_rate": 0.1, "seed": k, "loss": 1.0 + k} for k in range(3)]
    yield "plots.sweep", plots.sweep, dict(table=rows, parameter="learning_rate", result="loss", ax=None)
    yield "plots.activation", plots.activation, dict(activation="relu", x_range=(-2, 2), ax=None)
    yield "plots.loss_surface", plots.loss_surface, dict(
        loss=lambda a, b: a * a + b, x_range=(-1, 1), y_range=(-1, 1), paths={"a": [[0, 0], [1, 1]]}, ax=None, levels=5,
        log=False, resolution=9,
    )  # fmt: skip
    yield "plots.decision_boundary", plots.decision_boundary, dict(
        model=lambda x: x[:, 0], x=np.array([[0.0, 1.0], [1.0, 0.0]]), y=[0, 1], ax=None, resolution=5
    )
    yield "plots.image_grid", plots.image_grid, dict(images=IMAGES, titles=["a", "b"], ax=None, columns=2, cmap=None)
    yield "plots.gradient_flow", plots.gradient_flow, dict(gradients_or_model=[np.ones(2)], variables=["a"], ax=None)
    yield "plots.histograms", plots.histograms, dict(arrays={"a": np.ones(3)}, ax=None, bins=5)


@cache
def right_calls():
    """{text: (function, keywords)}."""
    parts = (layers, losses_and_metrics, optimizers, functions_of_shapes, callbacks, training, datasets)
    return {text: (function, keywords) for part in parts for text, function, keywords in part()}


@cache
def right_pictures():
    """The same of pictures, which take longer."""
    return {text: (function, keywords) for text, function, keywords in pictures()}


def networks_call(rng, values, variants):
    """(text, function, keywords) of a right call with up to two changes, to `values` {name: maker} or `variants(array)`."""
    nn.set_random_seed(0)
    rows = right_pictures() if rng.random() < 0.01 else right_calls()
    text = rng.choice(list(rows))
    function, right = rows[text]
    keywords, changes = dict(right), []
    for _ in range(rng.choice([0, 1, 1, 1, 1, 1, 1, 1, 2, 2])):
        if keywords:
            name = rng.choice(list(keywords))
            keywords[name], how = changed(rng, right[name], values, variants)
            changes.append(f"{name}={how}")
    return f"{text} {', '.join(changes)}", function, keywords


def changed(rng, x, values, variants):
    """(another value in place of x, its name)."""
    if isinstance(x, np.ndarray) and rng.random() < 0.5:
        choices = list(variants(x))
        k = rng.randrange(len(choices))
        return choices[k], f"variant {k}"
    if isinstance(x, (list, tuple, dict)) and x and rng.random() < 0.4:
        name, k = rng.choice(list(values)), rng.randrange(len(x))
        if isinstance(x, dict):
            return {**x, list(x)[k]: values[name]()}, f"with {name}"
        return type(x)([*x[:k], values[name](), *x[k + 1 :]]), f"with {name} at {k}"
    name = rng.choice(list(values))
    return values[name](), name
