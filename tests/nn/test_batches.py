"""Data that come in batches: datasets, generators, loaders, sequences, lists; and arrays of other libraries."""

import numpy as np
import pytest

import nn
import nn.tf as tf

RNG = np.random.default_rng(0)
X = RNG.normal(size=(24, 3)).astype("f4")
Y = X @ np.array([[1.0], [2.0], [3.0]], "f4")
PAIRS = [(X[k : k + 5], Y[k : k + 5]) for k in range(0, 24, 5)]


def model(**options):
    nn.set_random_seed(0)
    made = nn.Sequential([nn.Dense(1)])
    made.compile("sgd", "mse", **options)
    made(X)
    return made


class Loader:
    """What gives batches as lists, as PyTorch's DataLoader does, and knows how many."""

    def __len__(self):
        return len(PAIRS)

    def __iter__(self):
        return (list(pair) for pair in PAIRS)


class Sequence:
    """keras.utils.Sequence: batches by number."""

    def __len__(self):
        return len(PAIRS)

    def __getitem__(self, k):
        return PAIRS[k]


class Endless:
    def __iter__(self):
        while True:
            yield from PAIRS


SOURCES = {
    "a dataset": lambda: tf.data.Dataset.from_tensor_slices((X, Y)).batch(5),
    "a loader": Loader,
    "a sequence": Sequence,
    "a list": lambda: PAIRS,
    "an iterable": lambda: type("Once", (), {"__iter__": lambda self: iter(PAIRS)})(),
}


@pytest.mark.parametrize("source", SOURCES.values(), ids=SOURCES)
def test_they_train_evaluate_and_predict_as_the_arrays_do(source):
    one, other = model(metrics=["mae"]), model(metrics=["mae"])
    expected = one.fit(X, Y, batch_size=5, epochs=3, shuffle=False, validation_data=(X, Y), verbose=0).history
    found = other.fit(source(), epochs=3, validation_data=source(), verbose=0).history
    assert found.keys() == expected.keys()
    for name in expected:
        np.testing.assert_allclose(found[name], expected[name], rtol=1e-5)
    np.testing.assert_allclose(other.evaluate(source()), one.evaluate(X, Y), rtol=1e-5)
    np.testing.assert_allclose(other.predict(source()), one.predict(X), rtol=1e-4, atol=1e-5)


def test_data_without_end_take_steps():
    told = []
    count = nn.callbacks.LambdaCallback(on_train_batch_end=lambda batch, logs: told.append(batch))
    endless = model()
    history = endless.fit(Endless(), steps_per_epoch=7, epochs=2, validation_data=Endless(), validation_steps=2, verbose=0,
                          callbacks=[count])  # fmt: skip
    assert told == [*range(7), *range(7)] and endless.optimizer.iterations == 14 and len(history.history["val_loss"]) == 2
    assert endless.evaluate(Endless(), steps=5) == pytest.approx(endless.evaluate(X, Y), rel=1e-5)
    assert endless.predict(Endless(), steps=2).shape == (10, 1)


def test_a_generator_goes_on_in_the_next_epoch_and_ends_with_a_warning():
    generator = (PAIRS[k % 5] for k in range(10))
    trained = model()
    with pytest.warns(UserWarning, match="The data ran out after 2 epochs, so training stops"):
        history = trained.fit(generator, steps_per_epoch=5, epochs=4, verbose=0)
    assert trained.optimizer.iterations == 10 and len(history.epoch) == 3
    once = model()
    with pytest.warns(UserWarning, match="The data ran out after 1 epochs"):
        once.fit(iter(PAIRS), epochs=3, verbose=0)
    assert once.optimizer.iterations == 5


def test_batches_beside_arrays_to_validate_on():
    history = model().fit(Loader(), validation_data=(X, Y), verbose=0).history
    assert history["val_loss"][0] < history["loss"][0]


def test_steps_per_epoch_of_arrays():
    trained = model()
    trained.fit(X, Y, batch_size=4, steps_per_epoch=2, epochs=3, verbose=0)
    assert trained.optimizer.iterations == 6


def test_weights_in_the_batches_and_of_classes():
    w = np.where(np.arange(24) % 2, 2.0, 0.0)
    triples = [(X[k : k + 6], Y[k : k + 6], w[k : k + 6]) for k in range(0, 24, 6)]
    one, other = model(), model()
    one.fit(X, Y, sample_weight=w, batch_size=6, shuffle=False, verbose=0)
    other.fit(triples, verbose=0)
    np.testing.assert_allclose(one.get_weights()[0], other.get_weights()[0], rtol=1e-5)
    labels = (Y > 0).astype(int)
    by_class = {0: 1.0, 1: 3.0}
    one, other = model(), model()
    one.fit(X, labels, class_weight=by_class, batch_size=6, shuffle=False, verbose=0)
    other.fit([(X[k : k + 6], labels[k : k + 6]) for k in range(0, 24, 6)], class_weight=by_class, verbose=0)
    np.testing.assert_allclose(one.get_weights()[0], other.get_weights()[0], rtol=1e-5)


def test_the_bar_without_a_known_length():
    shown = nn.callbacks.progress.Progress()
    shown.lines, shown.params = False, {"epochs": 2, "initial_epoch": 0, "steps": None}
    shown.on_train_begin()
    shown.on_train_batch_end(0)
    assert shown.bar.total is None and shown.bar.n == 1
    shown.on_train_end()


@pytest.mark.parametrize("act, words", [
    (lambda: model().fit(Loader(), Y), "so y has no place beside"),
    (lambda: model().fit(Loader(), batch_size=3), "so batch_size has no place beside"),
    (lambda: model().fit(Loader(), validation_split=0.5), "give data in batches validation_data"),
    (lambda: model().fit(iter([])), "the data have no batch"),
    (lambda: model().fit([(X, Y, Y, Y)]), "A batch is x, .x, y. or .x, y, sample_weight., but got 4 parts"),
    (lambda: model().fit([(X, Y[:3])]), "Data cardinality is ambiguous"),
    (lambda: model().fit(Loader(), steps_per_epoch=0), "^steps_per_epoch is a positive whole number"),
    (lambda: model().fit(Loader(), validation_data=Loader(), validation_steps=0), "^validation_steps is a positive"),
    (lambda: model().evaluate(Loader(), steps=1.5), "^steps is a positive whole number"),
    (lambda: model().predict(X, steps=-1), "^steps is a positive whole number"),
    (lambda: model().fit(X), "fit.x, y."),
    (lambda: model().predict(iter([])), "nothing to predict"),
])  # fmt: skip
def test_what_is_no_data_is_named(act, words):
    with pytest.raises(ValueError, match=words):
        act()


# -- arrays of other libraries ---------------------------------------------------------------------------------------------


class Column:
    def __init__(self, values):
        self.values = values

    def __array__(self, dtype=None, copy=None):
        return np.array(self.values, dtype=object if any(v is None or isinstance(v, str) for v in self.values) else dtype)


class Frame:
    """A DataFrame: columns by name, each of a kind of its own."""

    def __init__(self, **columns):
        self.data, self.columns = columns, list(columns)
        self.shape = (len(next(iter(columns.values()))), len(columns))

    def __getitem__(self, name):
        return Column(self.data[name])

    def __array__(self, dtype=None, copy=None):
        return np.array(list(zip(*self.data.values())), dtype=object)


def test_a_frame_of_numbers_and_booleans():
    frame = Frame(age=[1, 2, 3], member=[True, False, True], height=[1.5, 1.6, 1.7])
    made = model()
    assert made.fit(frame, np.ones(3), verbose=0).epoch == [0]
    np.testing.assert_allclose(made.predict(frame), made.predict(np.array([[1, 1, 1.5], [2, 0, 1.6], [3, 1, 1.7]])), rtol=1e-6)


def test_a_column_of_text_or_with_gaps_is_named():
    with pytest.raises(ValueError, match=r"column .city. of x holds numbers, but got .*, text, which is to be encoded"):
        model().fit(Frame(age=[1, 2], city=["a", "b"]), np.ones(2), verbose=0)
    with pytest.raises(ValueError, match="The column 'age' of x holds numbers, but got missing numbers"):
        model().fit(Frame(age=[1, None], city=[1, 2]), np.ones(2), verbose=0)


def test_infinity_is_refused_by_name():
    for name, bad in (("NaN", np.nan), ("infinity", np.inf)):
        with pytest.raises(ValueError, match=f"x has {name} in 1 of its 3 examples"):
            model().fit(np.array([[1.0], [bad], [2.0]]), np.ones(3), verbose=0)
