"""What the program computes from numbers that were cut off stands behind the cut, with the text that computes it."""

import numpy as np
from cells import run
from together import each

import autodiff as ad
import nn
from autodiff.drawing.labels import label_of

START = """
import numpy as np
import autodiff as ad, nn
nn.set_random_seed(0)
x = np.cos(np.arange(12.0)).reshape(4, 3)
w, v = ad.Variable(np.eye(3)[:, :2], name="w"), ad.Variable(np.eye(3)[:, 1:], name="v")
teacher, student, kl = nn.Dense(2), nn.Dense(2), nn.losses.KLDivergence()
def probabilities(y): return ad.softmax(ad.stop_gradient(y) / 2.0)
def distill(logits, targets): return -np.mean(targets * ad.log_softmax(logits))
def distill_logits(logits, others):
    p = ad.softmax(others)
    q = ad.log_softmax(logits)
    return -np.mean(p * q)
"""
PROGRAMS = {  # a program: of each constant behind a cut the name, the text, the group, and what was cut
    "a variable":
        ("logits = ad.stop_gradient(x @ w)\np = ad.softmax(logits / 2.0)\nloss = -np.mean(p * ad.log_softmax(x @ v))",
         "p = softmax(stop_gradient(x @ w) / 2.0) of matmul"),
    "an operand":
        ("logits = ad.stop_gradient(x @ w)\nloss = np.mean((x @ v - 0.5 * logits) ** 2)",
         "None = 0.5 * stop_gradient(x @ w) of matmul"),
    "the argument of a loss":
        ("y = x @ w\nloss = kl(ad.softmax(ad.stop_gradient(y)), ad.softmax(x @ v))", "None = softmax(stop_gradient(y)) of y"),
    "the layer's own name":
        ("t = ad.stop_gradient(teacher(x))\nloss = kl(ad.softmax(t), ad.softmax(student(x)))",
         "None = softmax(stop_gradient(teacher(x))) of teacher"),
    "what a function is given":
        ("y = x @ w\nloss = distill(x @ v, ad.softmax(ad.stop_gradient(y)))",
         "softmax(stop_gradient(y)) = softmax(stop_gradient(y)) of y"),
    "what a function computes from what it is given":
        ("y = x @ w\nloss = distill_logits(x @ v, ad.stop_gradient(y)) + 1.0",
         "p [distill_logits] = softmax(stop_gradient(y)) of y"),
    "what a function returns":
        ("y = x @ w\np = probabilities(y)\nloss = -np.mean(p * ad.log_softmax(x @ v))", "p = probabilities(y) of y"),
    "numpy's functions":
        ("y = x @ w\ntop = 1.0 + y.numpy().max(axis=-1)\nloss = np.mean((np.max(x @ v, axis=-1) - top) ** 2)",
         "top = 1.0 + y.numpy().max(axis=-1) of y"),
    "in several steps":
        ("y = x @ w\nt = ad.stop_gradient(y)\nt = np.exp(t)\nt /= t.sum()\nloss = np.mean(t * (x @ v))",
         "t = …(stop_gradient(y)) of y"),
    "beside the result itself":
        ("y = x @ w\nt = ad.stop_gradient(y)\np = ad.softmax(t)\nloss = np.mean(p * (x @ v - t))",
         "t = stop_gradient(y) of y, p = softmax(stop_gradient(y)) of t"),
    "each turn of a loop":
        ("loss = 0.0\nfor k in range(2):\n    y = x @ w\n    p = np.exp(ad.stop_gradient(y))\n"
         "    loss = loss + np.mean(p * (x @ v))",
         "p [k 0] = exp(stop_gradient(y)) of y at k 0, p [k 1] = exp(stop_gradient(y)) of y at k 1"),
    "a variable that is stored in anew":
        ("y = x @ w\nt = ad.stop_gradient(y)\nt = np.ones((4, 2))\nloss = np.mean(t * (x @ v))", ""),
    "a shape alone":
        ("y = x @ w\nt = np.ones_like(ad.stop_gradient(y)) / 3.0\nloss = np.mean(t * (x @ v))", ""),
    "what a loss is given to compare with labels":
        ("bce = nn.losses.BinaryCrossentropy(from_logits=True, label_smoothing=0.1)\nfake = x @ w\n"
         "f = np.sum(ad.stop_gradient(fake) @ ad.Variable(np.eye(2)), axis=1, keepdims=True)\n"
         "loss = bce(np.zeros((4, 1)), f) + bce(y_true=np.zeros((4, 1)), y_pred=f)", "None = stop_gradient(fake) of fake"),
    "other data":
        ("y = x @ w\nt = ad.stop_gradient(y)\nloss = np.mean((x + 1.0) @ v)", ""),
}  # fmt: skip


def drawn(text, lines=True):
    """The picture of a program, the constants that stand behind a cut, and how many cuts have none."""
    space = run(START)
    with ad.Tape(persistent=True, lines=lines) as space["tape"]:
        run(text, space)
    run("picture = ad.draw(tape, loss)", space)
    nodes = space["picture"].sketch.graph.nodes
    return space["picture"], [node for node in nodes if node.origin], sum(node.kind == "cut" for node in nodes)


@each("program", PROGRAMS)
def test_it_has_the_text_by_which_it_was_computed_and_an_arrow_from_what_was_cut(program):
    text, told = program
    picture, found, cuts = drawn(text)
    shown = [f"{node.name}{f' [{node.group}]' if node.group else ''} = {node.origin} of "
             f"{node.inputs[0].source.name or node.inputs[0].source.op.name}" for node in found]  # fmt: skip
    assert ", ".join(shown) == told
    assert cuts == (not told)  # the place of a cut alone, where nothing is known of what became of its result
    place = {node: k for k, node in enumerate(picture.sketch.graph.nodes)}
    assert all(place[edge.source] < place[edge.into] for edge in picture.sketch.graph.edges())


def test_without_call_sites_a_variable_that_holds_it_has_it_too():
    _, (found,), cuts = drawn("import autodiff as ad\n" + PROGRAMS["a variable"][0], lines=False)
    assert (found.name, found.origin, cuts) == ("p", "softmax(stop_gradient(x @ w) / 2.0)", 0)


def test_its_box_is_that_of_a_cut_and_says_what_fits():
    picture, (found,), _ = drawn(PROGRAMS["the layer's own name"][0])
    (block,) = [block for block in picture.sketch.blocks if found in block.members]
    assert (label_of(block).heading, block.look) == ("softmax(stop_gradient(…))", "cut")
    assert [link.is_cut for link in block.inputs] == [True] and dict(label_of(block).rows)["grad"] == "–"


def test_a_leaf_that_is_cut_before_the_tape_meets_it_stands_before_what_was_computed_from_it():
    picture, (found,), _ = drawn("scale = np.exp(ad.stop_gradient(w))\nloss = np.sum(v * scale) + np.sum(w)")
    nodes = picture.sketch.graph.nodes
    assert found.inputs[0].source.name == "w" and nodes.index(found.inputs[0].source) < nodes.index(found)


class Distillation(nn.Layer):
    def build(self, shape):
        self.teacher, self.student = nn.Dense(2), nn.Sequential([nn.Dense(4), nn.Dense(2)])

    def call(self, x):
        return np.mean(ad.softmax(ad.stop_gradient(self.teacher(x))) * ad.stop_gradient(self.student(x)) * self.student(x))


def test_what_is_cut_in_a_layer_is_an_output_of_the_layer_in_that_and_none_of_its_own():
    model = Distillation()
    with ad.Tape(lines=True) as tape:
        loss = model(np.ones((4, 3))) + 1.0
    nodes = ad.draw(tape, loss).sketch.graph.nodes
    (back,) = [node for node in nodes if node.origin]
    assert [edge.source.name for edge in back.inputs] == ["teacher", "student"]
    assert [node.name for node in nodes if node.op].count("model") == 1
