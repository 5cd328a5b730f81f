"""Files: what is saved comes back to the last bit, training goes on as if it had never stopped, and a bad file is refused
with the model and what stood in the file as they were."""

import json
import zipfile

import numpy as np
import pytest

import autodiff as ad
import nn
from nn import files

RNG = np.random.default_rng(0)
X, LABELS = RNG.normal(size=(60, 4)).astype("f"), RNG.integers(0, 3, 60)
LOSS = nn.losses.SparseCategoricalCrossentropy(from_logits=True)


@pytest.fixture(params=[".npz", ".safetensors"])
def path(request, tmp_path):
    if request.param == ".safetensors":
        pytest.importorskip("safetensors")
    return tmp_path / f"model{request.param}"


def network(optimizer="adam", units=8, seed=0):
    nn.set_random_seed(seed)
    dropouts = [nn.Dropout(0.3), nn.Dropout(0.2, seed=7)]
    model = nn.Sequential([nn.Dense(units, "relu"), nn.BatchNormalization(), *dropouts, nn.Dense(3)])
    model.compile(optimizer() if callable(optimizer) else optimizer, LOSS, ["accuracy"])
    return model


def state(model):
    """All that a file holds, as something to compare."""
    optimizer = model.optimizer
    names = {id(v): k for k, v in enumerate(model.variables)}
    slots = {names[id(v)]: [a.tobytes() for a in arrays] for v, arrays in optimizer.state.items()}
    own = [layer.stream.bit_generator.state for layer in model.layers if getattr(layer, "stream", None)]
    weights = [(w.dtype, w.shape, w.tobytes()) for w in model.get_weights()]
    stream = nn.settings.generator().bit_generator.state
    return model.built, weights, slots, optimizer.iterations, optimizer.learning_rate, own, stream


# -- there and back --------------------------------------------------------------------------------------------------

OPTIMIZERS = {
    "momentum": lambda: nn.optimizers.SGD(0.05, momentum=0.9, nesterov=True),
    "plain": lambda: nn.optimizers.SGD(0.05),
    "Adam": lambda: nn.optimizers.Adam(0.01, amsgrad=True),
    "AdamW with a schedule": lambda: nn.optimizers.AdamW(nn.schedules.CosineDecay(0.02, 20, 0.0, 0.05, 5)),
    "Nadam": lambda: nn.optimizers.Nadam(0.01),
    "RMSprop": lambda: nn.optimizers.RMSprop(0.01, momentum=0.5, centered=True),
    "Adagrad": lambda: nn.optimizers.Adagrad(0.05),
    "Adadelta": lambda: nn.optimizers.Adadelta(1.0),
    "Lion": lambda: nn.optimizers.Lion(0.001),
}


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_training_goes_on_as_if_it_had_never_stopped(name, path):
    optimizer, options = OPTIMIZERS[name], dict(batch_size=16, epochs=6, validation_split=0.2, verbose=0)
    straight = network(optimizer)
    whole = straight.fit(X, LABELS, **options).history
    first = network(optimizer)
    begun = first.fit(X, LABELS, **options | {"epochs": 3}).history
    first.save(path)
    second = network(optimizer, seed=99)  # another process: other weights, another place in the random stream
    second.load(path)
    rest = second.fit(X, LABELS, **options, initial_epoch=3).history
    assert {key: begun[key] + rest[key] for key in whole} == whole
    assert state(second) == state(straight)


def test_all_that_a_file_holds_comes_back(path):
    model = network()
    model.fit(X, LABELS, verbose=0)
    model.optimizer.learning_rate = 0.123
    before = state(model)
    model.save(path)
    model.fit(X, LABELS, epochs=2, verbose=0)
    assert state(model) != before
    model.load(path)
    assert state(model) == before
    fresh = network(seed=5)
    fresh.load(str(path))
    assert state(fresh) == before


def test_weights_alone(path):
    model = network()
    model.fit(X, LABELS, verbose=0)
    model.save_weights(path)
    other = network("sgd", seed=1)
    other.fit(X, LABELS, verbose=0)
    before = state(other)
    other.load_weights(path)
    assert state(other)[1] == state(model)[1] and state(other)[2:] == before[2:]


def test_weights_come_out_of_a_whole_file_too(path):
    model = network()
    model.fit(X, LABELS, verbose=0)
    model.save(path)
    for other in (network("sgd"), nn.Sequential(network().layers)):  # of another optimizer, or of none
        other.load_weights(path)
        np.testing.assert_array_equal(other.predict(X), model.predict(X))


class Odd(nn.Model):
    """Variables wherever they may be: in lists and dicts, twice, scalar, in float64, and under names that numpy uses."""

    def __init__(self):
        super().__init__()
        self.file = ad.Variable(np.arange(3.0))
        self.allow_pickle = ad.Value(2.5)
        self.several = [ad.Variable(np.ones((2, 2), "f")), {"a/b": ad.Variable(np.zeros(0))}]
        self.again = self.several[0]

    def call(self, x):
        return x * self.allow_pickle


def test_variables_of_every_kind(path):
    model, other = Odd(), Odd()
    model.several[0].assign(np.full((2, 2), 7))
    model.allow_pickle.assign(0.1)
    model([[1.0]])
    other([[1.0]])
    model.save(path)
    other.load(path)
    assert float(other.allow_pickle) == 0.1 and other.several[0].numpy().tolist() == [[7, 7], [7, 7]]
    assert [np.asarray(v).dtype for v in other.variables] == [np.asarray(v).dtype for v in model.variables]


def test_an_npz_is_numpys_and_a_safetensors_file_that_librarys(path):
    model = network()
    model.fit(X, LABELS, verbose=0)
    model.save_weights(path)
    if path.suffix == ".npz":
        with np.load(path, allow_pickle=False) as file:
            arrays = {name: file[name] for name in file.files if name != files.NOTES}
    else:
        arrays = pytest.importorskip("safetensors.numpy").load_file(path)
    assert sorted(arrays) == [
        "layers.0.bias", "layers.0.kernel", "layers.1.beta", "layers.1.gamma", "layers.1.moving_mean",
        "layers.1.moving_variance", "layers.4.bias", "layers.4.kernel",
    ]  # fmt: skip
    np.testing.assert_array_equal(arrays["layers.4.kernel"], model.layers[4].kernel.numpy())


def test_numpys_own_file_of_the_right_names_is_as_good(tmp_path):
    model = nn.Sequential([nn.Dense(2, input_shape=(3,))])
    np.savez_compressed(tmp_path / "a.npz", **{"layers.0.kernel": np.ones((3, 2)), "layers.0.bias": np.zeros(2)})
    model.load_weights(tmp_path / "a.npz")
    assert model([[1.0, 1.0, 1.0]]).tolist() == [[3.0, 3.0]]


def contents(path):
    """The arrays and the notes of a file."""
    with files.opened(path) as file:
        return file.read(file.entries), file.notes


# -- files of something else -----------------------------------------------------------------------------------------


def spoilt(path, change):
    """The file, written again after a change of its arrays or notes."""
    arrays, notes = contents(path)
    change(arrays, notes)
    files.write(path, arrays, notes)


def refused(model, path, message, load="load"):
    before = state(model)
    with pytest.raises(ValueError, match=message):
        getattr(model, load)(path)
    assert state(model) == before


@pytest.mark.parametrize("built", [True, False])
def test_another_model_is_told_what_differs(path, built):
    network_of_9 = network(units=9)
    network_of_9.fit(X, LABELS, verbose=0)
    network_of_9.save(path)
    model = nn.Sequential([nn.Dense(8), nn.Dense(9, use_bias=False)])
    model.compile("adam", LOSS)
    if built:
        model(X)
    before = state(model)
    with pytest.raises(ValueError) as caught:
        model.load(path)
    assert state(model) == before
    lines = [line.strip() for line in str(caught.value).splitlines()]
    assert lines == [
        f"{path} is of another model:",
        "missing: layers.1.kernel of shape (8, 9)",
        *(line for line in lines if line.startswith("unexpected")),
        "another shape: layers.0.kernel is (4, 9), the model's is (4, 8)",
        "another shape: layers.0.bias is (9,), the model's is (8,)",
    ]
    assert "unexpected: layers.1.gamma of shape (9,)" in lines and len(lines) == 10


FAULTS = {
    "no weight": (lambda arrays, notes: arrays.pop("layers.0.kernel"), "missing: layers.0.kernel"),
    "a weight too many": (lambda arrays, notes: arrays.update(extra=np.ones(2)), r"unexpected: extra of shape \(2,\)"),
    "no slot": (lambda arrays, notes: arrays.pop("optimizer/layers.0.kernel/velocity"), "missing: layers.0.kernel/velocity"),
    "a strange slot": (lambda arrays, notes: arrays.update({"optimizer/a/b": np.ones(2)}), "unexpected: a/b"),
    "a slot of another shape": (lambda arrays, notes: arrays.update({"optimizer/layers.0.bias/momentum": np.ones(3)}), "shape"),
    "another optimizer": (lambda arrays, notes: notes["optimizer"].update(name="sgd"), "sgd, but the model's is adam"),
    "no optimizer": (lambda arrays, notes: notes.pop("optimizer"), "the optimizer none"),
    "no random streams": (lambda arrays, notes: notes.pop("random"), "random streams none"),
    "other random streams": (lambda arrays, notes: notes["random"].pop("layer layers.3"), "random streams nn, but"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_file_that_does_not_fit_changes_nothing(fault, path):
    change, message = FAULTS[fault]
    model = network()
    model.fit(X, LABELS, verbose=0)
    model.save(path)
    spoilt(path, change)
    model.fit(X, LABELS, verbose=0)
    refused(model, path, message)


def test_text_is_no_weight(tmp_path):
    model = nn.Sequential([nn.Dense(1, input_shape=(1,))])
    np.savez(tmp_path / "a.npz", **{"layers.0.kernel": np.array([["x"]]), "layers.0.bias": np.zeros(1)})
    with pytest.raises(ValueError, match=r"no numbers: layers\.0\.kernel is <U1"):
        model.load_weights(tmp_path / "a.npz")


def test_a_model_without_an_optimizer_cannot_take_one_up(path):
    network_saved = network()
    network_saved.fit(X, LABELS, verbose=0)
    network_saved.save(path)
    model = nn.Sequential(network().layers)
    with pytest.raises(ValueError, match="compile comes first"):
        model.load(path)
    assert not model.built


# -- damage ----------------------------------------------------------------------------------------------------------


def test_a_file_cut_short_anywhere_is_refused(path):
    model = network()
    model.fit(X, LABELS, verbose=0)
    model.save(path)
    whole = path.read_bytes()
    model.fit(X, LABELS, verbose=0)
    before = state(model)
    for size in sorted({*range(0, 200, 9), *range(200, len(whole), 97), len(whole) - 1}):
        path.write_bytes(whole[:size])
        with pytest.raises(ValueError, match="damaged, cut short, or no file of weights"):
            model.load(path)
    assert state(model) == before


def test_a_flipped_bit_in_an_npz_is_noticed(tmp_path):
    """zip has checksums; safetensors has none."""
    path, model = tmp_path / "model.npz", network()
    model.fit(X, LABELS, verbose=0)
    model.save(path)
    whole, before = path.read_bytes(), state(model)
    arrays, _ = contents(path)
    at = whole.index(arrays["layers.0.kernel"].tobytes())
    for k in range(at, at + 100, 7):
        path.write_bytes(whole[:k] + bytes([whole[k] ^ 16]) + whole[k + 1 :])
        with pytest.raises(ValueError, match="damaged"):
            model.load(path)
    assert state(model) == before


@pytest.mark.parametrize("content", [b"", b"hello", b"PK\x03\x04", b"\x93NUMPY", b"\x80\x04\x95", b"{}" * 50, b"\0" * 64])
def test_no_file_of_weights(path, content):
    path.write_bytes(content)
    model = network()
    model.build((None, 4))
    refused(model, path, "damaged, cut short, or no file of weights", "load_weights")


def test_an_array_in_a_file_called_npz(tmp_path):
    with open(tmp_path / "model.npz", "wb") as file:
        np.save(file, np.ones(3))
    with pytest.raises(ValueError, match="no file of weights"):
        network().load(tmp_path / "model.npz")


def test_pickles_are_never_read_nor_written(tmp_path):
    class Boom:
        def __reduce__(self):
            return pytest.fail, ("a pickle was read",)

    path = tmp_path / "model.npz"
    np.savez(path, **{"layers.0.kernel": np.array([Boom()], dtype=object)})
    with pytest.raises(ValueError, match=r"no numbers: layers\.0\.kernel is object"):
        network().load_weights(path)
    with pytest.raises(ValueError):
        files.write(path, {"a": np.array([Boom()], dtype=object)}, {})


def test_the_notes_are_json(path):
    network_saved = network()
    network_saved.fit(X, LABELS, verbose=0)
    network_saved.save(path)
    _, notes = contents(path)
    assert json.loads(json.dumps(notes)) == notes and notes["input_shape"] == [None, 4]
    assert notes["optimizer"] == {"name": "adam", "iterations": 2, "learning_rate": 0.001}


@pytest.mark.parametrize("name", ["model.h5", "model.keras", "model", "model.pkl", "model.npz.gz"])
def test_another_suffix_is_refused(name, tmp_path):
    model = network()
    model.build((None, 4))
    for method in (model.save, model.load, model.save_weights, model.load_weights):
        with pytest.raises(ValueError, match=r"ends in \.npz or \.safetensors"):
            method(tmp_path / name)
    assert not list(tmp_path.iterdir())


def test_a_file_that_is_not_there(path):
    with pytest.raises(FileNotFoundError):
        network().load(path)


def test_nothing_to_save_yet(path):
    with pytest.raises(ValueError, match="not built"):
        network().save(path)
    assert not path.exists()


# -- writing ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("error", [OSError("disk full"), KeyboardInterrupt()], ids=["disk", "Ctrl-C"])
def test_a_save_that_fails_leaves_the_old_file(path, error, monkeypatch):
    model = network()
    model.fit(X, LABELS, verbose=0)
    model.save(path)
    whole = path.read_bytes()
    model.fit(X, LABELS, verbose=0)

    def fail(*args, **options):
        raise error

    if path.suffix == ".npz":
        monkeypatch.setattr(np.lib.format, "write_array", fail)
    else:
        monkeypatch.setattr(files._safetensors().numpy, "save_file", fail)
    with pytest.raises(type(error)):
        model.save(path)
    assert path.read_bytes() == whole and [file.name for file in path.parent.iterdir()] == [path.name]


def test_a_save_takes_the_place_of_the_old_file(path):
    model = network()
    for _ in range(2):
        model.fit(X, LABELS, verbose=0)
        model.save(path)
    other = network(seed=3)
    other.load(path)
    assert state(other) == state(model) and [file.name for file in path.parent.iterdir()] == [path.name]


def test_what_is_saved_depends_on_the_model_alone(tmp_path):
    model = network()
    model.fit(X, LABELS, verbose=0)
    for name in ("a.npz", "b.npz"):
        model.save(tmp_path / name)
    contents = []
    for name in ("a.npz", "b.npz"):
        with zipfile.ZipFile(tmp_path / name) as file:
            contents.append({entry: file.read(entry) for entry in file.namelist()})
    assert contents[0] == contents[1]


@pytest.mark.parametrize("state", [{}, {"bit_generator": "MT19937"}, "PCG64", None])
def test_a_damaged_random_state_is_refused_and_nothing_has_changed(tmp_path, state):
    model = nn.Sequential([nn.Dense(2)])
    model(np.ones((1, 3)))
    path = tmp_path / "model.npz"
    model.save(path)
    arrays, notes = contents(path)
    notes["random"] = dict.fromkeys(notes["random"], state)
    files.write(path, {name: a + 1 for name, a in arrays.items()}, notes)
    before, stream = model.get_weights(), nn.generator().bit_generator.state
    with pytest.raises(ValueError, match="damaged: the state of the random stream"):
        model.load(path)
    np.testing.assert_array_equal(before[0], model.get_weights()[0])
    assert nn.generator().bit_generator.state == stream


def test_a_generator_of_a_layer_of_ones_own_goes_on_after_load(path):
    class Noise(nn.Layer):
        def __init__(self):
            super().__init__()
            self.rng = np.random.default_rng(7)

        def call(self, x):
            return x + self.rng.normal(size=np.shape(x)).astype("f4")

    model, other = (nn.Sequential([nn.Dense(2), Noise()]) for _ in range(2))
    model(X)
    model.save(path)
    other.load(path)
    np.testing.assert_array_equal(model(X), other(X))
