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
def distill_by_name(*, logits, targets): return -np.mean(ad.softmax(targets / 2.0) * ad.log_softmax(logits))
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
    "what a function is given by name alone":
        ("y = x @ w\nloss = distill_by_name(targets=y.numpy(), logits=x @ v)",
         "None [distill_by_name] = softmax(y.numpy() / 2.0) of y"),
    "what is stored within the expression":
        ("y = x @ w\nloss = np.mean((t := y.numpy() * 2.0) * (x @ v))", "None = y.numpy() * 2.0 of y"),
    "a part of another's numbers":
        ("y = x @ w\ntop = y.numpy().max(axis=1, keepdims=True)\nloss = np.mean((np.max(x @ v, axis=-1) - top[:, 0]) ** 2)",
         "None = top[:, 0] of y"),
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
    "an element of a display":
        ("y = x @ w\nts = [x[:, 1:], ad.stop_gradient(y)]\nloss = np.mean(np.exp(ts[0]) * (x @ v))", ""),
    "a key of a dict":
        ("y = x @ w\nd, e = {'u': x[:, 1:], 't': ad.stop_gradient(y)}, dict(u=x[:, 1:], t=ad.stop_gradient(y))\n"
         "loss = np.mean((d['u'] + 1.0) * (e['u'] + 1.0) * (x @ v))", ""),
    "what a loop takes from other data":
        ("loss, y = 0.0, x @ w\nfor u, t in zip([x, x + 1.0], np.split(ad.stop_gradient(y), 2)):\n"
         "    loss = loss + np.mean(np.exp(u) @ v)", ""),
    "one of several of a comprehension":
        ("ts = [ad.stop_gradient(x @ w * k) for k in range(1, 4)]\n"
         "loss = sum(np.mean((x @ v - 0.5 * t) ** 2) for t in ts)", ""),
    "one of two calls of a function":
        ("y, z = x @ w, x @ w + 1.0\np, q = probabilities(y), probabilities(z)\n"
         "loss = np.mean(p * (x @ v)) - np.mean(q * (x @ v))", ""),
    "one of the calls of a function that calls itself":
        ("def f(y, n):\n    t = ad.stop_gradient(y)\n    inner = f(np.tanh(y), n - 1) if n else 0.0\n"
         "    return np.mean(0.25 * t * (x @ v)) + inner\nloss = f(x @ w, 2)", ""),
    "the method of another class":
        ("class A:\n    def call(self, y): return np.exp(ad.stop_gradient(y))\n"
         "class B:\n    def call(self, y): return y * 2.0\n"
         "t, u = A().call(x @ w), B().call(x)\nloss = np.mean(u @ v)", ""),
    "what a choice may have taken from elsewhere":
        ("loss, y = 0.0, x @ w\nfor k in range(2):\n    t = ad.stop_gradient(y) if k == 0 else x[:, 1:]\n"
         "    loss = loss + np.mean((t + 1.0) * (x @ v))", ""),
    "a parameter that was read before":
        ("def f(z):\n    h = z @ w\n    z = ad.stop_gradient(h)\n    return np.mean(np.exp(z) * h)\n"
         "loss = f(x) + f(x + 1.0)",
         "None [f (1)] = exp(stop_gradient(h)) of h, None [f (2)] = exp(stop_gradient(h)) of h"),
    "what is stored in its own parameter":
        ("def f(p, z):\n    z = ad.stop_gradient(z)\n    z = z / np.sum(z)\n    return np.mean(p * z)\n"
         "y = x @ w\nloss = f(x @ v, y) + 1.0", "z [f] = …(stop_gradient(z)) of y"),
    "behind a step on the tape":
        ("y = x @ w\nt = ad.stop_gradient(y)\nh = (x @ v) * t\nscale = np.mean(h).numpy() + 1.0\nloss = np.mean(h * scale)",
         "t = stop_gradient(y) of y"),
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


COMPUTED_TOO = {  # a program in which a gradient arrives at what was cut all the same, and what is told of its constants
    "the statistics of a batch":
        ("h = x @ w\nmu = h.numpy().mean(0)\nloss = np.mean((h - mu) ** 3)", "mu = h.numpy().mean(0) of h"),
    "an advantage":
        ("base = x @ w\nadvantage = 1.0 - base.numpy()\nloss = np.mean(base ** 2) - np.mean(advantage * (x @ v))",
         "advantage = 1.0 - base.numpy() of base"),
    "by several places":
        ("y = x @ w\nd = y.numpy().max() - y.numpy()\nloss = np.mean(y ** 2) - np.mean(d * (x @ v))",
         "d = y.numpy().max() - y.numpy() of y"),
    "of numbers that came back":
        ("y = x @ w\np = ad.softmax(ad.stop_gradient(y)).numpy()\nt = (p.max(axis=1) > 0.4) * 1.0\n"
         "loss = np.mean(y ** 2) - np.mean(t * np.sum(x @ v, axis=1))", "t = (p.max(axis=1) > 0.4) * 1.0 of y"),
    "a leaf":
        ("mean = 0.9 + 0.1 * w.numpy()\nloss = np.mean((x @ w) ** 2) + np.mean(x @ v - x @ mean)",
         "None = x @ mean of w"),
    "a shape":
        ("y = x @ w\nloss = np.mean((y - np.ones_like(y.numpy())) ** 2)", ""),
    "what is printed":
        ("y = x @ w\nshown = str(y.numpy().sum())\nloss = np.mean((y - 0.5) ** 2)", ""),
}  # fmt: skip


@each("program", COMPUTED_TOO)
def test_where_a_gradient_arrives_all_the_same_a_cut_is_drawn_if_something_was_computed_from_it(program):
    text, told = program
    _, found, cuts = drawn(text)
    assert ", ".join(f"{node.name} = {node.origin} of {', '.join(edge.source.name for edge in node.inputs)}"
                     for node in found) == told and cuts == 0  # fmt: skip


def test_of_a_loop_only_the_turns_whose_cuts_were_noted():
    _, found, _ = drawn("loss = 0.0\nfor k in range(23):\n    y = x @ w * k\n"
                        "    loss = loss + np.mean((x @ v - 0.5 * ad.stop_gradient(y)) ** 2)")  # fmt: skip
    assert [node.group for node in found] == [f"k {k}" for k in range(20)]


def test_what_a_turn_of_a_loop_leaves_for_the_next_is_of_that_turn():
    picture, found, cuts = drawn("loss = 0.0\nfor k in range(3):\n    y = x @ w + k\n"
                                 "    if k: loss = loss + np.mean((y @ v[:2] - 0.5 * t) ** 2)\n"
                                 "    t = ad.stop_gradient(y @ v[:2])")  # fmt: skip
    read = [(node.group, node.origin, node.inputs[0].source.inputs[0].source.name) for node in found]
    assert read == [("k 1", "0.5 * t", "y at k 0"), ("k 2", "0.5 * t", "y at k 1")]  # another `y` than that of its own turn
    assert cuts == 1  # that of the last turn
    assert "y @ v[:2]  ×3" in [label_of(block).heading for block in picture.sketch.blocks]  # the slice is whole


@each("program", PROGRAMS)
def test_it_has_the_text_by_which_it_was_computed_and_an_arrow_from_what_was_cut(program):
    text, told = program
    picture, found, cuts = drawn(text)
    shown = [f"{node.name}{f' [{node.group}]' if node.group else ''} = {node.origin} of "
             f"{node.inputs[0].source.name or node.inputs[0].source.op.name}" for node in found]  # fmt: skip
    assert ", ".join(shown) == told
    assert bool(cuts) == (not told)  # the place of a cut alone, where nothing is known of what became of its result
    place = {node: k for k, node in enumerate(picture.sketch.graph.nodes)}
    assert all(place[edge.source] < place[edge.into] for edge in picture.sketch.graph.edges())


def test_without_call_sites_a_variable_that_holds_it_has_it_too():
    _, (found,), cuts = drawn("import autodiff as ad\n" + PROGRAMS["a variable"][0], lines=False)
    assert (found.name, found.origin, cuts) == ("p", "softmax(stop_gradient(x @ w) / 2.0)", 0)


def test_without_call_sites_a_variable_of_another_function_has_it_not():
    _, found, cuts = drawn("import autodiff as ad\nimport numpy as np\n"
                           "def teacher(x):\n    soft = np.exp(ad.stop_gradient(x @ w))\n    return soft / np.sum(soft)\n"
                           "soft = np.exp(x[:, 1:])\nloss = np.mean(teacher(x) * soft * (x @ v))", lines=False)  # fmt: skip
    assert (found, cuts) == ([], 1)


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
