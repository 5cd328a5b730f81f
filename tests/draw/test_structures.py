"""Functions of dicts, lists and other structures are drawn; layers of one name are told apart."""

import collections
import dataclasses

import numpy as np
import pytest

import autodiff as ad
import nn

Pair = collections.namedtuple("Pair", "w b")


@dataclasses.dataclass
class Line:
    w: float
    b: float
    name: str = "line"
    times: int = 2


class Registered:
    def __init__(self, slope, offset):
        self.slope, self.offset = slope, offset


ad.register_pytree_node(Registered, lambda line: ((line.slope, line.offset), None), lambda _, parts: Registered(*parts))
KINDS = collections.defaultdict(list, {"w": ad.Value(2.0)})  # a dict that can't be made again; it has boxes already

STRUCTURES = {  # what a function computes from which arguments, and the names of what it is drawn as computed from
    "dict": (lambda p: p["w"] * p["x"] - 1.0, [{"w": 2.0, "x": 5.0}], ["w", "x"]),
    "dict of arrays": (lambda p, x: np.sum(p["w"] @ x), [{"w": np.ones((2, 3))}, np.ones(3)], ["w", "x"]),
    "nested": (lambda net: net["layers"][0]["w"] * 2.0, [{"layers": [{"w": 3.0}]}], ["layer 0: w"]),
    "named tuple": (lambda p, x: p.w * x + p.b, [Pair(1.0, 2.0), 3.0], ["b", "w", "x"]),
    "dataclass": (lambda p: (p.w + p.b) * p.times, [Line(1.0, 2.0)], ["b", "times", "w"]),
    "registered class": (lambda p: p.slope + p.offset, [Registered(1.0, 2.0)], ["offset", "slope"]),
    "boxes": (lambda p: p["w"] * p["w"], [KINDS], ["w"]),
    "list of numbers": (lambda w: np.sum(w * w), [[1.0, 2.0]], ["w"]),
    "ragged list": (lambda w: w[0] * w[1][0], [[2.0, [3.0]]], ["w[0]", "w[1, 0]"]),
    "tuple of arrays": (lambda t: np.sum(t[0] * t[1]), [(np.ones(2), np.ones(2))], ["t[0]", "t[1]"]),
    "sizes": (lambda w, sizes: w * sizes[0], [2.0, [3, 4]], ["sizes[0]", "w"]),
    "boxes with names of their own": (lambda p: p["a"] * p["b"], [{"a": ad.Variable(1.0, name="alpha"), "b": ad.Value(2.0)}],
                                      ["alpha", "b"]),
}  # fmt: skip


def inputs_of(picture):
    return sorted({node.name for node in picture.sketch.graph.nodes if node.op is None and node.name is not None})


@pytest.mark.parametrize("case", STRUCTURES)
def test_a_function_of_a_structure_is_drawn_with_the_names_of_its_keys(case):
    function, arguments, names = STRUCTURES[case]
    assert inputs_of(ad.draw(function, *arguments)) == inputs_of(ad.play(function, *arguments)) == names
    nodes = [node for node in ad.draw(function, *arguments).sketch.graph.nodes if node.name in names]
    assert all((node.gradient is None) == (node.kind == "constant") for node in nodes)


def test_it_is_shown_too(capsys):
    ad.show(*[STRUCTURES["dict"][0], *STRUCTURES["dict"][1]])
    assert "─ w  " in capsys.readouterr().out


@pytest.mark.parametrize("case", ["dict", "named tuple", "ragged list", "nested"])
def test_a_function_of_a_structure_has_its_gradient(case):
    """`grad` takes what is drawn; a named tuple and a ragged list of numbers are no arrays."""
    function, (first, *others), _ = STRUCTURES[case]
    found = ad.grad(function)(first, *others)
    assert type(found) is type(first) and ad.check_gradients(function, first, *others)


def test_whole_numbers_in_a_structure_are_named_in_the_error():
    with pytest.raises(TypeError, match=r"float arguments \(2\.0, not 2\)"):
        ad.draw(STRUCTURES["dict"][0], {"w": 2, "x": 5})


COMPLEX = {
    "one number": (lambda z: np.abs(z) ** 2, np.array([1 + 2j])),
    "two": (lambda z: np.sum(np.abs(z * z)), np.array([1 + 2j, 3j])),
    "many": (lambda z: np.sum(np.real(z * z)), np.ones((3, 4), complex)),
    "in a dict": (lambda p: np.sum(np.abs(p["z"]) * p["w"]), {"z": np.array([1 - 2j]), "w": 2.0}),
}


@pytest.mark.parametrize("case", COMPLEX)
def test_complex_numbers_are_drawn(case, capsys):
    function, argument = COMPLEX[case]
    picture, player = ad.draw(function, argument), ad.play(function, argument)
    ad.show(function, argument)
    shown = {"one number": "1+2j", "two": "[1+2j, 0+3j]", "many": "complex128", "in a dict": "1-2j"}[case]
    assert shown in capsys.readouterr().out and shown.replace("-", "−") in picture.source.replace("-", "−")
    assert shown in player.html.replace("−", "-")


def test_gradients_of_complex_numbers_are_those_of_the_tape():
    z = ad.Variable([1 - 2j, 2 + 0.5j], name="z")
    with ad.Tape(persistent=True) as tape:
        y = z * z
        loss = np.sum(np.abs(y))
    nodes = {node.name or node.op.name: node for node in ad.draw(loss).sketch.graph.nodes}
    for name, box in (("z", z), ("y", y)):
        np.testing.assert_array_equal(nodes[name].gradient, tape.gradient(loss, box))
    np.testing.assert_array_equal(sum(edge.part for edge in nodes["y"].inputs), tape.gradient(loss, z))


# -- layers of one name ------------------------------------------------------------------------------------------------


class Residual(nn.Model):
    def __init__(self):
        super().__init__()
        self.parts = [nn.Dense(2, "relu", use_bias=False), nn.Dense(2), nn.Dense(2)]

    def call(self, x):
        first, second, third = self.parts
        return third(second(first(x)) + x)


def drawn(model, x, **options):
    model(x)
    with ad.Tape(persistent=True) as tape:
        loss = np.mean(model(x) ** 2)
    assert tape.persistent  # held while it is drawn
    return ad.draw(loss, **options)


def titles(picture):
    return [block.title for block in picture.sketch.blocks if block.kind == "group"]


def test_layers_of_one_name_have_a_frame_each():
    picture = drawn(Residual(), np.ones((1, 2)))
    frames = {node.group for node in picture.sketch.graph.nodes if node.group}
    variables = [(node.group, node.value.shape) for node in picture.sketch.graph.nodes if node.kind == "parameter"]
    assert frames == {"dense (1)", "dense (2)", "dense (3)"} and picture.source.count("\tsubgraph ") == 3
    assert sorted(variables) == [("dense (1)", (2, 2)), *[(f"dense ({k})", s) for k in (2, 3) for s in ((2,), (2, 2))]]
    assert ">kernel<" in picture.source and "dense/kernel" in picture.source  # the short name, and the whole one as a tooltip


@pytest.mark.parametrize("collapse, closed", [(True, [1, 2, 3]), (["dense"], [1, 2, 3]), (["dense (2)"], [2])])
def test_each_is_closed_by_itself(collapse, closed):
    assert titles(drawn(Residual(), np.ones((1, 2)), collapse=collapse)) == [f"dense ({k})" for k in closed]


def test_a_layer_that_is_used_twice_is_one():
    shared = nn.Sequential([nn.Dense(2)])
    with ad.Tape(persistent=True) as tape:
        loss = np.sum(shared(np.ones((1, 2))) * shared(np.zeros((1, 2))))
    assert tape.persistent and titles(ad.draw(loss, collapse=True)) == ["shared"]


def test_many_equal_layers_are_still_rolled_up():
    class Tower(nn.Model):
        def __init__(self):
            super().__init__()
            self.steps = [nn.Dense(2, "tanh") for _ in range(40)]

        def call(self, x):
            for step in self.steps:
                x = step(x)
            return x

    picture = drawn(Tower(), np.ones((1, 2)), budget=12)
    assert len(picture.sketch.blocks) <= 12 and any(block.times >= 30 for block in picture.sketch.blocks)


# -- what is handed on -------------------------------------------------------------------------------------------------


def test_pictures_do_not_hold_the_users_folders(tmp_path, monkeypatch):
    """A player or a picture is sent to others: a file's folders stand in it only below the working directory."""
    home = tmp_path / "home" / "work"
    home.mkdir(parents=True)
    (home / "program.py").write_text("def f(x):\n    y = x * x\n    return y * x.item() + y\n")
    namespace = {}
    exec(compile((home / "program.py").read_text(), str(home / "program.py"), "exec"), namespace)
    for where, shown in ((tmp_path / "home", "work/program.py:2"), (tmp_path / "elsewhere", "program.py:2")):
        where.mkdir(exist_ok=True)
        monkeypatch.chdir(where)
        player, picture = ad.play(lambda x: namespace["f"](x), 2.0), ad.draw(lambda x: namespace["f"](x), 2.0)
        for text in (player.html, picture.source):
            assert str(tmp_path) not in text and shown in text
