"""The names that boxes and arrays have from variables, lists, dicts and objects."""

import dataclasses
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import autodiff as ad
import nn
from autodiff.drawing import namespace
from autodiff.drawing.namespace import Namespace


@dataclasses.dataclass
class Line:
    slope: object
    offset: object


class Neuron:
    def __init__(self, n):
        self.w = [ad.Value(0.1) for _ in range(n)]
        self.b = ad.Value(0.0)

    @property
    def never(self):
        raise AssertionError("no property is asked")


class Slotted:
    __slots__ = ("empty", "w")

    def __init__(self, w):
        self.w = w


class Net:
    def __init__(self, sizes):
        self.layers = [[Neuron(2) for _ in range(n)] for n in sizes]
        self.head = Slotted(ad.Value(1.0))
        self.me = self


u, v, slope = ad.Value(1.0), ad.Value(2.0), ad.constant(0.5)
rows = [[u, v]]
net = Net([2, 3])
objects = np.empty((1, 2), object)
objects[0, 0], objects[0, 1] = u, v
SPACES = {  # a namespace, a thing, and its name
    "a variable": ({"u": u}, u, "u"),
    "the first of two": ({"u": u, "w": u}, u, "u"),
    "before a list": ({"params": [u, v], "v": v}, v, "v"),
    "a list": ({"params": [u, v]}, v, "params[1]"),
    "a list of lists": ({"w": rows}, v, "w[0, 1]"),
    "a tuple in a list": ({"w": [(u, v)]}, v, "w[0, 1]"),
    "a key": ({"p": {"w": u}}, u, "w"),
    "a key of lists": ({"state": {"layer0.wq": rows}}, v, "layer0.wq[0, 1]"),
    "a key that is a variable too": ({"p": {"w": u}, "w": 1.0}, u, "p['w']"),
    "a key of two dicts": ({"p": {"w": u}, "q": {"w": v}}, v, "q['w']"),
    "a key that holds no box elsewhere": ({"p": {"w": u}, "moments": {"w": 0.0}}, u, "w"),
    "a key of a parameter and of its gradient": ({"p": {"w": u}, "grads": {"w": slope}}, u, "w"),
    "the gradient": ({"p": {"w": u}, "grads": {"w": slope}}, slope, "grads['w']"),
    "nested keys": ({"p": {"encoder": {"w": u}}}, u, "encoder.w"),
    "a number as a key": ({"p": {3: u}}, u, "p[3]"),
    "a dataclass": ({"line": Line(u, v)}, v, "offset"),
    "an object in a list": ({"lines": [Line(u, v)]}, v, "line 0: offset"),
    "weights by layer and neuron": ({"net": net}, net.layers[1][2].w[1], "layer 1, 2: w[1]"),
    "an object in an object": ({"net": net}, net.head.w, "head.w"),
    "two nets": ({"one": Net([1]), "two": net}, net.head.w, "two.head.w"),
    "the smaller structure": ({"parameters": [u, v, *net.layers[0][0].w], "w": rows}, v, "w[0, 1]"),
    "objects of an array": ({"w": objects}, v, "w[0, 1]"),
    "what begins with an underscore": ({"_": u, "__": [u], "w": [u]}, u, "w[0]"),
    "what IPython keeps": ({"Out": {1: u}, "w": [u]}, u, "w[0]"),
    "nobody": ({"w": 1.0}, u, None),
}


@pytest.mark.parametrize("case", SPACES)
def test_names_of_things_in_a_namespace(case):
    space, thing, name = SPACES[case]
    assert Namespace(space).get(id(thing)) == name


def test_the_last_result_of_a_loop_is_called_as_the_others_of_its_list():
    tape = ad.Tape(persistent=True)
    with tape:
        results = [u * float(k) for k in range(3)]
    assert Namespace({"F": results[2], "zs": results})[id(results[2])] == "zs[2]"
    assert Namespace({"F": results[2], "nets": [{"zs": results}]})[id(results[2])] == "net 0: zs[2]"
    assert Namespace({"a": results[0], "F": results[2], "zs": results})[id(results[2])] == "F", "each may have its own"
    assert Namespace({"F": results[2], "zs": results[1:]})[id(results[2])] == "F", "one other says nothing of the kind"
    assert Namespace({"b": v, "params": [ad.Value(0.1), ad.Value(0.2), v]})[id(v)] == "b", "nor do leaves"


def test_arrays_have_names_too():
    points = np.ones(3)
    assert Namespace({"data": {"points": points}})[id(points)] == "points"


def test_a_variable_that_a_loop_has_left_behind_comes_last():
    assert Namespace({"p": v, "w": [u, v]}, left=["p"])[id(v)] == "w[1]"
    assert Namespace({"p": v}, left=["p"])[id(v)] == "p"


def test_a_large_namespace_costs_little(monkeypatch):
    """So many things are looked at, and no more; the small ones behind the large one are found."""
    looked = []
    monkeypatch.setattr(namespace, "parts_of", lambda thing, real=namespace.parts_of: watched(real(thing), looked))
    space = {"many": [0.0] * 1_000_000, "deep": [[0.0] * 1_000 for _ in range(1_000)], "w": [u]}
    assert Namespace(space)[id(u)] == "w[0]"
    assert len(looked) <= 2 * namespace.MOST


def watched(parts, looked):
    for part in parts:
        looked.append(part)
        yield part


def names_of(picture):
    return {node.name for node in picture.sketch.graph.nodes if node.name}


weights = [ad.Value(1.0), ad.Value(2.0)]


def test_what_draws_takes_the_variables_of_its_caller():
    first, second = ad.Value(3.0), ad.Value(4.0)
    with ad.Tape(persistent=True) as tape:
        error = first * second + weights[1]
    assert tape.persistent and names_of(ad.draw(error)) == {"error", "first", "second", "weights[1]"}
    assert names_of(ad.draw(error, names={})) == set() and names_of(ad.draw(error, names={"e": error})) == {"e"}

    def wrapper(*error, **others):
        return ad.draw(*error)

    assert names_of(wrapper(error)) == {"weights[1]"}  # from its globals: its own names say nothing
    with pytest.raises(TypeError, match="dictionary from names to boxes"):
        ad.draw(error, names=[error])


def test_the_values_of_a_variable_are_numbered_in_the_order_of_the_program():
    """The last one is the value that the namespace knows, and has its number too."""
    weight = ad.Variable([1.0, 2.0])
    with ad.Tape(lines=True) as tape:
        state = weight * 3.0
        state = state + 1.0
        state = np.tanh(state)
        loss = np.mean(state**2)
    nodes = ad.draw(tape, loss).sketch.graph.nodes
    assert [node.name for node in nodes if node.op] == ["state", "state (2)", "state (3)", None, "loss"]


def test_show_play_and_zoom_take_them_too(capsys):
    first = ad.Variable([[1.0, 2.0]])
    with ad.Tape(persistent=True) as tape:
        product = first * 2.0
        error = product.sum()
    ad.show(tape, error)
    assert "first" in capsys.readouterr().out and '"first"' in ad.play(tape, error).html
    assert ad.zoom(product, (0, 1)).leaves[0].value.name == "first[0, 1]"


def test_weights_of_the_scalar_twin_are_told_apart(capsys):
    with ad.Tape(persistent=True) as tape:
        score = nn.scalar.MLP(2, [3, 1])([ad.Value(1.0), ad.Value(-2.0)])
    ad.show(tape, score)
    tree = capsys.readouterr().out
    assert tree.count("layer 0, neuron 2: w[1]") == 1 and "parameter" not in tree


SCRIPT = """
import autodiff as ad
def f(x):
    z = x * 2.0
    return ad.tanh(z)
with ad.Tape(lines=True) as tape:
    y = f(ad.Value(1.0)) + 1.0
ad.show(y)
ad.draw(y).save({out!r})
ad.play(y, {page!r})
with open({out!r}) as picture, open({page!r}) as page:
    assert {folder!r} not in picture.read() + page.read()
"""


def test_a_script_keeps_its_folders_to_itself(tmp_path):
    """No file of a picture, a page or a tree says where the script lies."""
    out, page = str(tmp_path / "out" / "y.dot"), str(tmp_path / "out" / "y.html")
    (tmp_path / "out").mkdir()
    script = tmp_path / "home" / "script.py"
    script.parent.mkdir()
    script.write_text(SCRIPT.format(out=out, page=page, folder=str(tmp_path)))
    run = subprocess.run([sys.executable, str(script)], cwd=tmp_path / "out", capture_output=True, text=True, check=False,
                         env={"PYTHONPATH": str(Path(ad.__file__).parents[1])})  # fmt: skip
    assert run.returncode == 0, run.stderr
    assert "y = f + 1" in run.stdout and "f = tanh(z)" in run.stdout and str(tmp_path) not in run.stdout
