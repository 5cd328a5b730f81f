"""Everything in a file is checked before anything changes: its headers and sizes before its numbers, and its notes too."""

import io
import itertools
import json
import struct
import threading
import tracemalloc
import zipfile
import zlib

import faults
import numpy as np
import pytest

import autodiff as ad
import nn
import nn.files
import nn.layers.assignment
import nn.layers.base
import nn.saving

RNG = np.random.default_rng(0)
X, Y = RNG.normal(size=(8, 3)).astype("f"), RNG.normal(size=(8, 1)).astype("f")


def network(seed=0, optimizer="adam"):
    nn.set_random_seed(seed)
    model = nn.Sequential([nn.Dense(4, "tanh"), nn.Dropout(0.5, seed=3), nn.Dense(1)])
    model.compile(optimizer, "mse")
    model.fit(X, Y, epochs=2, verbose=0)
    return model


def state(model):
    """All that a file holds, as something to compare."""
    own = [repr(stream.bit_generator.state) for stream in nn.saving.streams(model).values()]
    slots = [[np.asarray(a).tobytes() for a in model.optimizer.state.get(v, [])] for v in model.variables]
    return [w.tobytes() for w in model.get_weights()], slots, model.optimizer.iterations, model.optimizer.learning_rate, own


@pytest.fixture(params=[".npz", ".safetensors"])
def path(request, tmp_path):
    if request.param == ".safetensors":
        pytest.importorskip("safetensors")
    return tmp_path / f"model{request.param}"


def contents(path):
    with nn.files.opened(path) as file:
        return file.read(file.entries), file.notes


def refused(model, path, message=None, load="load"):
    before = state(model)
    with pytest.raises(ValueError, match=message):
        getattr(model, load)(path)
    assert state(model) == before


# -- the notes -------------------------------------------------------------------------------------------------------


def optimizer(**changes):
    return lambda notes: notes | {"optimizer": notes["optimizer"] | changes}


NOTES = {
    "no dictionary": lambda notes: [1],
    "text": lambda notes: "x",
    "a rate of NaN": optimizer(learning_rate=float("nan")),
    "an infinite rate": optimizer(learning_rate=float("inf")),
    "a negative rate": optimizer(learning_rate=-1.0),
    "a rate of text": optimizer(learning_rate="abc"),
    "no rate": optimizer(learning_rate=None),
    "a rate of a list": optimizer(learning_rate=[0.1]),
    "a true rate": optimizer(learning_rate=True),
    "steps of text": optimizer(iterations="abc"),
    "negative steps": optimizer(iterations=-5),
    "half a step": optimizer(iterations=1.5),
    "no steps": optimizer(iterations=None),
    "a true step": optimizer(iterations=True),
    "steps dropped": lambda notes: notes | {"optimizer": {"name": "adam", "learning_rate": 0.1}},
    "the rate dropped": lambda notes: notes | {"optimizer": {"name": "adam", "iterations": 3}},
    "the name dropped": lambda notes: notes | {"optimizer": {"learning_rate": 0.1, "iterations": 3}},
    "a name that is a number": optimizer(name=3),
    "an optimizer that is a list": lambda notes: notes | {"optimizer": [1]},
    "an optimizer that is nothing": lambda notes: notes | {"optimizer": ""},
    "random states that are a list": lambda notes: notes | {"random": [1]},
    "random states that are nothing": lambda notes: notes | {"random": None},
    "a random state of text": lambda notes: notes | {"random": dict.fromkeys(notes["random"], "PCG64")},
    "a random state that is huge": lambda notes: notes | {"random": {
        name: kept | {"state": {"state": 10**60, "inc": -5}} for name, kept in notes["random"].items()}},
    "a random state of a list": lambda notes: notes | {"random": {name: [1, 2] for name in notes["random"]}},
}  # fmt: skip


@pytest.mark.parametrize("change", NOTES)
def test_notes_that_save_does_not_write(change, path):
    model = network()
    model.save(path)
    arrays, notes = contents(path)
    nn.files.write(path, {name: a + 1 for name, a in arrays.items()}, NOTES[change](notes))
    refused(model, path)


SHAPES = ["x", 5, [None, "x"], [None, 1.5], [None, -3], [None, True], [None, 10**12], [10**6, 10**6], [[3]], {"a": 1},
          [None] * 400]  # fmt: skip


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: repr(shape)[:20])
def test_a_model_is_not_built_for_a_shape_that_is_none(shape, path):
    network().save_weights(path)
    arrays, notes = contents(path)
    nn.files.write(path, arrays, notes | {"input_shape": shape})
    fresh = nn.Sequential([nn.Dense(4), nn.Dense(1)])
    with pytest.raises(ValueError):
        fresh.load_weights(path)
    assert not fresh.built and not fresh.variables


def test_notes_of_lists_in_lists(path):
    model = network()
    model.save(path)
    arrays, _ = contents(path)
    deep = "[" * 100_000 + "]" * 100_000
    if path.suffix == ".npz":
        np.savez(path, **arrays, **{nn.files.NOTES: np.array(deep)})
    else:
        pytest.importorskip("safetensors.numpy").save_file(arrays, path, {nn.files.NOTES: deep})
    refused(model, path, "damaged")


# -- headers and sizes -----------------------------------------------------------------------------------------------


def npy(shape, descr="<f4", data=b"", version=b"\x01\x00"):
    """An array as numpy writes it, which says whatever it likes of itself."""
    header = f"{{'descr': {descr!r}, 'fortran_order': False, 'shape': {shape!r}, }}".encode()
    return b"\x93NUMPY" + version + struct.pack("<H", len(header) + 1) + header + b"\n" + data


def bomb():
    file = io.BytesIO()
    np.lib.format.write_array(file, np.zeros(25_000_000, "f4"))
    return file.getvalue()


KERNEL = np.ones((3, 4), "f4").tobytes()
ENTRIES = {  # in place of a kernel of shape (3, 4)
    "a bomb": bomb,
    "a shape that is declared": lambda: npy((10**11,)),
    "a shape without an end": lambda: npy((10**30, 10**30)),
    "a negative shape": lambda: npy((-3, -4), data=KERNEL),
    "more bytes than its shape": lambda: npy((3, 4), data=KERNEL + bytes(50_000_000)),
    "fewer bytes than its shape": lambda: npy((3, 4), data=KERNEL[:-4]),
    "no array": lambda: b"hello",
    "nothing": lambda: b"",
    "another version": lambda: npy((3, 4), data=KERNEL, version=b"\x09\x00"),
    "objects": lambda: npy((3, 4), "|O", KERNEL),
    "records": lambda: npy((3, 4), [("a", "<f4")], KERNEL),
    "text": lambda: npy((3, 4), "<U1", KERNEL),
    "times": lambda: npy((3, 4), "<M8[s]", KERNEL * 2),
    "complex numbers": lambda: npy((3, 4), "<c8", KERNEL * 2),
    "no dtype": lambda: npy((3, 4), "nonsense", KERNEL),
    "a header of code": lambda: npy("__import__('os').system('true')", data=KERNEL),
    "too large for float32": lambda: npy((3, 4), "<f8", np.full((3, 4), 1e300).tobytes()),
}


def attempt(model, path, entries):
    """Load a file of these entries. It is refused, and takes little memory."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        for name, data in entries:
            file.writestr(name, data)
    tracemalloc.start()
    try:
        refused(model, path)
        refused(model, path, load="load_weights")
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 5e6, f"{peak / 1e6:.0f} MB"


@pytest.mark.parametrize("entry", ENTRIES)
def test_headers_are_read_before_the_numbers(entry, tmp_path):
    path, model = tmp_path / "model.npz", network()
    model.save(path)
    with zipfile.ZipFile(path) as file:
        whole = {name: file.read(name) for name in file.namelist()}
    attempt(model, path, (whole | {"layers.0.kernel.npy": ENTRIES[entry]()}).items())


def test_entries_that_are_no_arrays_and_entries_that_are_there_twice(tmp_path):
    path, model = tmp_path / "model.npz", network()
    model.save(path)
    with zipfile.ZipFile(path) as file:
        whole = [(name, file.read(name)) for name in file.namelist()]
    attempt(model, path, [*whole, ("readme.txt", b"hello")])
    attempt(model, path, [*whole, ("folder/", b"")])
    with pytest.warns(UserWarning, match="Duplicate name"):
        attempt(model, path, [*whole, whole[0]])
    attempt(model, path, [(name, bomb() if name == f"{nn.files.NOTES}.npy" else data) for name, data in whole])
    text = io.BytesIO()
    np.lib.format.write_array(text, np.array("x" * (nn.files.LONGEST_NOTES // 4 + 1)))
    attempt(model, path, [(name, text.getvalue() if name == f"{nn.files.NOTES}.npy" else data) for name, data in whole])


def test_a_directory_that_is_damaged_anywhere(tmp_path):
    """Of such files zipfile raises OSError, AttributeError, RuntimeError, struct.error, ... A file that is refused is a
    ValueError, and changes nothing; one that is taken has the arrays that were saved."""
    path, model = tmp_path / "model.npz", network()
    model.save(path)
    whole, right, rng = path.read_bytes(), state(model), np.random.default_rng(1)
    begin = whole.index(b"PK\x01\x02")
    kinds = {"set": 0, "cut": 0, "spliced": 0}
    for kind, _ in itertools.product(kinds, range(150)):
        at, other = rng.integers(begin, len(whole), 2)
        damaged = {"set": whole[:at] + bytes([rng.integers(256)]) + whole[at + 1 :],
                   "cut": whole[:at] + whole[at + rng.integers(1, 30) :],
                   "spliced": whole[:at] + whole[other : other + rng.integers(1, 60)] + whole[at:]}[kind]  # fmt: skip
        path.write_bytes(damaged)
        try:
            model.load(path)
        except ValueError:
            kinds[kind] += 1
        assert state(model) == right
    assert min(kinds.values()) > 50, kinds


def test_a_flipped_bit_is_refused_or_it_is_in_the_numbers(path):
    """A safetensors file has no checksum: then a bit may be lost in the numbers, but nothing is half loaded."""
    model = network()
    model.save(path)
    whole, rng, weights = path.read_bytes(), np.random.default_rng(2), state(model)
    refusals = 0
    for _ in range(400):
        at = rng.integers(len(whole))
        path.write_bytes(whole[:at] + bytes([whole[at] ^ (1 << rng.integers(8))]) + whole[at + 1 :])
        before = state(model)
        try:
            model.load(path)
        except ValueError:
            refusals += 1
            assert state(model) == before
    path.write_bytes(whole)
    model.load(path)
    assert state(model) == weights and refusals > 50


def test_checksums_of_zip_are_looked_at(tmp_path):
    path, model = tmp_path / "model.npz", network()
    model.save(path)
    with zipfile.ZipFile(path) as file:
        info = file.getinfo("layers.0.bias.npy")
    right, wrong = struct.pack("<L", info.CRC), struct.pack("<L", zlib.crc32(b"other"))
    path.write_bytes(path.read_bytes().replace(right, wrong))
    refused(model, path, "damaged")


# -- all or nothing --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("built", [True, False])
def test_a_load_that_is_interrupted_changes_nothing_or_everything(built, tmp_path):
    path = tmp_path / "model.npz"
    network(seed=1).save(path)
    target = network(seed=1)
    saved = state(target)

    def fresh():
        model = network(seed=2)
        if not built:
            model = nn.Sequential([nn.Dense(4, "tanh"), nn.Dropout(0.5, seed=3), nn.Dense(1)])
            model.compile("adam", "mse")
        return model

    models, lines = [fresh()], 0
    before = state(models[-1])
    loading = faults.of(nn.saving, nn.files, nn.layers.base, nn.layers.assignment)
    for n in faults.interrupted(lambda: models[-1].load(path), loading):
        now = state(models[-1])
        assert now in (before, saved), n
        if now != before:
            models.append(fresh())
            before = state(models[-1])
        lines = n
    assert lines > 200 and state(models[-1]) == saved


@pytest.mark.parametrize("method", ["set_weights", "from_torch"])
def test_weights_are_taken_all_or_not_at_all(method):
    model = network()
    before = state(model)
    if method == "set_weights":
        wrong = [w + 1 for w in model.get_weights()]
        wrong[-1] = np.array(["x"])
        with pytest.raises(ValueError):
            model.set_weights(wrong)
    else:
        names = ["0.weight", "0.bias", "1.weight", "1.bias"]
        kernels = [(w + 1).T if w.ndim == 2 else w + 1 for w in model.get_weights()]
        with pytest.raises(ValueError):
            nn.exchange.from_torch(model, dict(zip(names, [*kernels[:-1], np.array(["x"])])))
    assert state(model) == before


# -- what a file can't hold ------------------------------------------------------------------------------------------


class ByKey(nn.Model):
    def __init__(self, *keys):
        super().__init__()
        self.parts = {key: nn.Dense(2) for key in keys}

    def call(self, x):
        return sum(part(x) for part in self.parts.values())


@pytest.mark.parametrize("keys", [(1, "1"), (None, "None"), (True, "True"), (1.0, "1.0")])
def test_paths_that_read_alike_are_refused(keys, path):
    model = ByKey(*keys)
    model(X)
    for save in (model.save, model.save_weights, model.load_weights):
        if save == model.load_weights:
            ByKey_of_two = ByKey("1", "2")
            ByKey_of_two(X)
            ByKey_of_two.save(path)
        with pytest.raises(ValueError, match=r"have the path 'parts\.\w+(\.0)?\.kernel'.*other names"):
            save(path)


def test_a_path_that_reads_like_another_of_deeper_layers(path):
    model = ByKey("a", "a.b")
    model.parts["a"].b = nn.Dense(2)
    model(X)
    model.parts["a"].b(X)
    with pytest.raises(ValueError, match=r"parts\.a\.b\.kernel"):
        model.save(path)
    assert not path.exists()


class Named(nn.Model):
    def __init__(self, name):
        super().__init__()
        setattr(self, name, [ad.Variable(1.0)] if name != "nn" else {"notes": ad.Variable(1.0)})

    def call(self, x):
        return x


@pytest.mark.parametrize("name", ["nn", "optimizer/x"])
def test_names_that_the_file_needs_itself_are_refused(name, path):
    model = Named(name)
    model(X)
    with pytest.raises(ValueError, match="needs the name"):
        model.save(path)


@pytest.mark.parametrize("kind", ["PCG64", "MT19937", "Philox", "SFC64", "PCG64DXSM"])
def test_every_random_generator_of_numpy_comes_back(kind, path):
    model = network()
    with nn.settings.use_generator(np.random.Generator(getattr(np.random, kind)(5))) as generator:
        generator.normal(size=3)
        model.save(path)
        right = generator.normal(size=4)
        model.load(path)
        np.testing.assert_array_equal(generator.normal(size=4), right)


def test_a_shape_of_numpys_numbers(path):
    model = nn.Sequential([nn.Dense(2, input_shape=(np.int64(3),))])
    model.save(path)
    fresh = nn.Sequential([nn.Dense(2)])
    fresh.load(path)
    assert fresh.built


def test_a_schedule_goes_on_whatever_rate_the_file_has(path):
    model = network(optimizer=nn.optimizers.SGD(nn.schedules.CosineDecay(0.1, 10)))
    model.save(path)
    model.load(path)
    assert model.optimizer.iterations == 2 and model.optimizer.learning_rate < 0.1


# -- threads ---------------------------------------------------------------------------------------------------------


def test_threads_that_save_to_one_path(path):
    """A reader gets the weights that one of them saved."""
    model = nn.Sequential([nn.Dense(20, input_shape=(20,))])
    savers = [nn.Sequential([nn.Dense(20, input_shape=(20,))]) for _ in range(4)]
    for k, saver in enumerate(savers):
        saver.set_weights([np.full_like(w, k) for w in saver.get_weights()])
    savers[0].save_weights(path)
    errors, stop = [], threading.Event()

    def save(saver):
        try:
            while not stop.is_set():
                saver.save_weights(path)
        except Exception as error:
            errors.append(error)

    threads = [threading.Thread(target=save, args=(saver,)) for saver in savers]
    for thread in threads:
        thread.start()
    for _ in range(100):
        model.load_weights(path)
        first, *others = {x for w in model.get_weights() for x in w.ravel().tolist()}
        assert not others and first in range(4)
    stop.set()
    for thread in threads:
        thread.join()
    assert not errors and [file.name for file in path.parent.iterdir()] == [path.name]


def test_the_notes_of_a_file_are_json(path):
    network().save(path)
    _, notes = contents(path)
    assert json.loads(json.dumps(notes)) == notes
