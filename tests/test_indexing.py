"""Indexing: the gradient of x[key] adds what arrives at each element that the key names, as often as it names it.

The oracle asks numpy which elements a key names: it indexes an array of their numbers with the same key.
"""

import functools
import warnings

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import autodiff as ad


def numbered(shape):
    return np.arange(int(np.prod(shape))).reshape(shape)


def named_by(take, shape):
    """The gradient of sum(take(x) * w), for numbers w that are all different, and what numpy takes."""
    places = np.asarray(take(numbered(shape)))
    weights = 1.0 + numbered(places.shape)
    total = np.zeros(int(np.prod(shape)))
    np.add.at(total, places.reshape(-1), weights.reshape(-1))
    return places, weights, total.reshape(shape)


def agrees(take, shape):
    """Whether the numbers and the gradient of take(x) are right, and what numpy refuses is refused."""
    x = np.cos(numbered(shape) + 1.0)
    try:
        places, weights, want = named_by(take, shape)
    except (IndexError, ValueError, TypeError) as error:
        with pytest.raises(type(error)):
            take(ad.constant(x))
        return
    leaf = ad.constant(x)
    with ad.Tape() as tape:
        tape.watch(leaf)
        y = take(leaf)
        loss = np.sum(y * weights)
    np.testing.assert_array_equal(np.asarray(y), x.reshape(-1)[places])
    np.testing.assert_array_equal(np.asarray(tape.gradient(loss, leaf, unconnected_gradients="zero")), want)


# -- random keys -------------------------------------------------------------------------------------------------------


def sequences(n):
    """Index arrays for an axis of length n, in every kind that numpy takes."""
    index = st.integers(-n - (n == 0), n - 1 if n else 0)
    kinds = st.sampled_from([np.asarray, tuple, list, functools.partial(np.asarray, dtype=np.int8), np.array])
    flat = st.builds(lambda kind, part: kind(part), kinds, st.lists(index, min_size=1, max_size=3))
    unsigned = st.builds(lambda part: np.array(part, np.uint8), st.lists(st.integers(0, max(n - 1, 0)), min_size=1, max_size=3))
    nested = st.builds(lambda part: [part, part[::-1]], st.lists(index, min_size=2, max_size=2))
    mask = st.lists(st.booleans(), min_size=n, max_size=n)
    return st.one_of(flat, unsigned, nested, mask, mask.map(lambda part: np.array(part, bool)))


def parts(n):
    bound = st.none() | st.integers(-n - 2, n + 2)
    slices = st.builds(slice, bound, bound, st.none() | st.sampled_from([-3, -2, -1, 1, 2]))
    index = st.integers(-n - (n == 0), n - 1 if n else 0)
    return st.one_of(slices, index, index.map(np.int64), index.map(np.array), sequences(n), st.just(range(min(n, 2))))


@st.composite
def keys(draw):
    """A shape and a key for it."""
    shape = tuple(draw(st.lists(st.integers(1, 4), min_size=0, max_size=3)))
    taken = shape[: draw(st.integers(0, len(shape)))]
    key = [draw(parts(n)) for n in taken]
    for extra in draw(st.lists(st.sampled_from([None, True, np.True_, np.array(True)]), max_size=1)):
        key.insert(draw(st.integers(0, len(key))), extra)
    if draw(st.booleans()):
        key.insert(draw(st.integers(0, len(key))), ...)
    return shape, key[0] if len(key) == 1 and draw(st.booleans()) else tuple(key)


@given(keys())
@settings(max_examples=250, deadline=None, derandomize=True)
def test_any_key(case):
    shape, key = case
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        agrees(lambda x: x[key], shape)


@given(keys())
@settings(max_examples=150, deadline=None, derandomize=True)
def test_any_key_of_a_batch(case):
    shape, key = case
    assume(shape)  # `grad` makes Values of numbers, which have no elements
    batch = np.cos(numbered((3, *shape)))
    try:
        want = [x[key] for x in batch]
    except IndexError:
        return

    def slopes(x):
        return ad.grad(lambda x: np.sum(x[key] ** 2))(x)

    np.testing.assert_array_equal(np.asarray(ad.vmap(lambda x: x[key])(batch)), want)
    np.testing.assert_allclose(np.asarray(ad.vmap(slopes)(batch)), [np.asarray(slopes(x)) for x in batch], rtol=1e-12)


@given(keys())
@settings(max_examples=150, deadline=None, derandomize=True)
def test_any_key_written_to(case):
    """Of what is written at an element that the key names several times, the last is there, and has the gradient."""
    shape, key = case
    x, size = np.cos(numbered(shape) + 1.0), int(np.prod(shape))
    places = numbered(shape)
    try:
        new = size + numbered(places[key].shape)
        places[key] = new
    except IndexError:
        with pytest.raises(IndexError):
            ad.constant(x).copy()[key] = 1.0
        return
    leaf, values = ad.constant(x), ad.constant(np.sin(new.astype(float)))
    with ad.Tape() as tape:
        tape.watch([leaf, values])
        y = leaf.copy()
        y[key] = values
        loss = np.sum(y * (1.0 + numbered(shape)))
    total = np.zeros(size + new.size)
    np.add.at(total, places.reshape(-1), 1.0 + np.arange(size))
    of_x, of_values = tape.gradient(loss, [leaf, values], unconnected_gradients="zero")
    np.testing.assert_array_equal(np.append(of_x, of_values), total)


KEYS = {  # of an array of shape (3, 4)
    "tuples in a tuple": ((0, 0), (1, 1)),
    "a tuple and a slice": ((0, 0), slice(None)),
    "a slice and a tuple": (slice(None), (1, 1)),
    "a list of tuples": [(0, 0), (1, 1)],
    "ranges": (range(2), range(2)),
    "ix_": np.ix_([0, 0, 2], [1, 1]),
    "a mask of both axes": numbered((3, 4)) % 3 == 0,
    "a mask and an index": (np.array([True, False, True]), [1, 1]),
    "newaxis between arrays": ([0, 0], None, [1, 1]),
    "a negative step and an array": (slice(None, None, -2), [-1, -1, 3]),
    "uint8": (np.array([2, 2], np.uint8), np.array([1, 1], np.uint8)),
    "a list of bools": [True, False, True],
    "nothing": [],
    "False": False,
    "out of range": 3,
    "a float": 1.0,
}


@pytest.mark.parametrize("key", KEYS.values(), ids=KEYS)
def test_a_key(key):
    agrees(lambda x: x[key], (3, 4))


def test_uint8_indices_of_a_long_axis():
    agrees(lambda x: x[np.array([200, 200], np.uint8), [1, 1]], (300, 3))


# -- functions that take elements --------------------------------------------------------------------------------------

TAKES = {
    "take, raise": lambda x: np.take(x, [-7, 5, 5]),
    "take, out of range": lambda x: np.take(x, [13]),
    "take, wrap": lambda x: np.take(x, [-7, 5, 13, 25], mode="wrap"),
    "take, clip": lambda x: np.take(x, [-7, 5, 13, 25], mode="clip"),
    "take, an unknown mode": lambda x: np.take(x, [1], mode="some"),
    "take along an axis": lambda x: np.take(x, (1, 1, -1), axis=1),
    "take of uint8": lambda x: np.take(x, np.array([2, 2], np.uint8), axis=0),
    "take_along_axis": lambda x: np.take_along_axis(x, np.array([[0, 0, -1, -1]]), axis=0),
    "take_along_axis of uint8": lambda x: np.take_along_axis(x, np.array([[0, 0, 1, 1]], np.uint8), axis=0),
    "compress": lambda x: np.compress([0, 1], x, axis=1),
    "extract": lambda x: np.extract(numbered((3, 4)) % 2, x),
    "repeat": lambda x: np.repeat(x, [1, 0, 2], axis=0),
    "delete by a mask": lambda x: np.delete(x, [True, False, True], axis=0),
    "delete by a slice": lambda x: np.delete(x, slice(None, None, 2), axis=1),
    "delete the last": lambda x: np.delete(x, -1, axis=1),
    "diagonal": lambda x: np.diagonal(x, 1),
    "diagonal beyond": lambda x: np.diagonal(x, 5),
    "tile of nothing": lambda x: np.tile(x, 0),
    "resize": lambda x: np.resize(x, (5, 3)),
    "resize to nothing": lambda x: np.resize(x, (0,)),
    "roll twice": lambda x: np.roll(x, (1, 1), axis=(0, 0)),
}


@pytest.mark.parametrize("take", TAKES.values(), ids=TAKES)
def test_what_is_taken(take):
    agrees(take, (3, 4))


# -- what is inserted --------------------------------------------------------------------------------------------------

PLACES = [-1, 0, 1, np.int64(1), [0], [0, -1], [1, 1], slice(0, 2), slice(1, 2), [], np.array([0]), np.arange(4) % 2 == 0]
VALUES = [(), (1,), (3,), (4,), (1, 1), (3, 1), (3, 2), (2, 4), (1, 4), (2,)]


@pytest.mark.parametrize("axis", [None, 0, 1, -1])
@pytest.mark.parametrize("place", PLACES, ids=repr)
@pytest.mark.filterwarnings("ignore::FutureWarning")  # of the oldest numpy: masks
def test_insert_takes_every_form_of_numpys(place, axis):
    """The array's numbers are 0 to 11, and the values' 12 and on: so numpy says where each of them goes."""
    taken = 0
    for shape in VALUES:
        marks = 12 + numbered(shape)
        x, v = ad.constant(np.cos(numbered((3, 4)))), ad.constant(np.cos(12.0 + numbered(shape)))
        try:
            where = np.insert(numbered((3, 4)), place, marks, axis=axis)
        except (IndexError, ValueError, TypeError) as error:
            with pytest.raises(type(error)):
                np.insert(x, place, v, axis=axis)
            continue
        with ad.Tape() as tape:
            tape.watch([x, v])
            y = np.insert(x, place, v, axis=axis)
            loss = np.sum(y * (1.0 + numbered(where.shape)))
        np.testing.assert_array_equal(y.numpy(), np.cos(where.astype(float)))
        want = np.zeros(12 + marks.size)
        np.add.at(want, where.reshape(-1), 1.0 + np.arange(where.size))
        of_x, of_v = tape.gradient(loss, [x, v], unconnected_gradients="zero")
        np.testing.assert_array_equal(np.append(of_x, of_v), want)
        taken += 1
    assert taken > 0
