"""The demos run headless, and what they claim holds: a line of the table for each of them."""

import importlib
import re
import sys

import numpy as np
import pytest

from demos import TOPICS, formulas, gallery

CLAIMS = {  # (demo, what it claims): what main() returns has to satisfy
    ("perceptron", "g(-6) is about 0.002"): lambda r: r["z"] == -6 and round(r["y"], 3) == 0.002,
    ("perceptron", "undecided on its line"): lambda r: r["on the line"] == 0.5,
    ("activations", "their slopes are the notes'"): lambda r: max(r["sigmoid"], r["tanh"], r["relu"]) < 1e-15,
    ("activations", "the sigmoid is flat far out"): lambda r: 0 < r["slope at 10"] < 1e-4,
    ("linear", "ten linear layers are one"): lambda r: r["difference"] < 1e-12 and r["bend"]["linear"] == 0,
    ("linear", "only the bent ones close a ring"): lambda r: r["linear"] < 0.8 and r["tanh"] > 0.97 and r["bend"]["tanh"] > 0,
    ("dense", "two perceptrons, 2 x 2 weights and 2 biases"): lambda r: r["difference"] < 1e-6 and r["weights"] == 6,
    ("dense", "d z_i / d w_ji is x_j"): lambda r: r["jacobian"].tolist() == [[[4, 0], [5, 0]], [[0, 4], [0, 5]]],
    ("networks", "hidden layers part the crescents"): lambda r: r["perceptron"] < 0.9 < 0.97 < r["one hidden layer"],
    ("networks", "deep is no worse"): lambda r: r["deep"] > 0.98,
    ("will_i_pass", "at first 0.1, which is wrong"): lambda r: abs(r["before"] - 0.1) < 0.005,
    ("will_i_pass", "trained until right"): lambda r: r["after"] > 0.9 and r["accuracy"] > 0.9,
    ("will_i_pass", "the loss falls"): lambda r: r["losses"][-1] < 0.2 * r["losses"][0],
    ("losses", "the mean of the individual ones"): lambda r: abs(r["cross-entropy"] - r["each"].mean()) < 1e-6,
    ("losses", "-log p of the right answer"): lambda r: np.allclose(np.exp(-r["each"].ravel()), [0.1, 0.2, 0.6]),
    ("losses", "squares of 60, 60 and 10"): lambda r: abs(r["squared"] - 7300 / 3) < 1e-3,
    ("losses", "a line learns the grades"): lambda r: r["last"] < 16 < r["first"],
    ("descent", "every step goes down"): lambda r: r["downhill"],
    ("descent", "to points without slope"): lambda r: max(r["slopes"].values()) < 1e-4,
    ("descent", "the lowest nearby, which may be a local one"): lambda r: (
        r["ends"]["start left"] < 0 < r["ends"]["start right"]
    ),
    ("backprop", "the chain rule's products are the gradients"): lambda r: np.allclose(
        [r["w1"], r["w2"]], [r["chain w1"], r["chain w2"]], rtol=1e-12, atol=0
    ),
    ("backprop", "and so is what a small change does"): lambda r: np.allclose([r["w1"], r["w2"]], r["nudged"], rtol=1e-6),
    ("backprop", "the picture has its names"): lambda r: all(name in r["picture"] for name in ("w1", "w2", "z1", "ŷ", "J")),
    ("learning_rates", "too small crawls"): lambda r: 1 < r["too small"][-1] < r["too small"][0] < 4,
    ("learning_rates", "too large diverges"): lambda r: r["too large"][-1] > 1000 * r["too large"][0],
    ("learning_rates", "good converges, adaptive too"): lambda r: r["good"][-1] < 1e-6 and r["adaptive"][-1] < 0.01,
    ("learning_rates", "too small stays in a local minimum"): lambda r: r["shy"] < 0 < 0.9 < r["bold"],
    ("optimizers", "all five come down"): lambda r: all(r[name] < 0.1 * r["start"] for name in set(r) - {"start"}),
    ("optimizers", "Adam wins this one"): lambda r: min(r, key=r.get) == "Adam" and len(r) == 6,
    ("batches", "the noise falls with the root of B"): lambda r: 7 < r["noises"][1] / r["noises"][64] < 9,
    ("batches", "as many points: mini-batches get closest"): lambda r: (
        min(r["distances"], key=r["distances"].get) == "mini-batch of 32"
    ),
    ("batches", "12 passes of 512, 16 and 1 steps"): lambda r: list(r["steps"].values()) == [6144, 192, 12],
    ("fitting", "a line under-fits"): lambda r: min(r["under-fitting"]) > 0.3,
    ("fitting", "too large learns by heart"): lambda r: r["over-fitting"][0] < 0.05 and r["over-fitting"][1] > 1,
    ("fitting", "ideal is best on new points"): lambda r: min(r, key=lambda name: r[name][1]) == "ideal",
    ("dropout", "narrows the gap"): lambda r: r["gaps"]["with dropout"] < 0.5 * r["gaps"]["without dropout"],
    ("dropout", "less wrong on new points"): lambda r: r["new"]["with dropout"] < r["new"]["without dropout"],
    ("dropout", "keeps the mean"): lambda r: abs(r["mean"] - 1) < 0.05,
    ("early_stopping", "stops near the best epoch"): lambda r: r["best epoch"] == r["best"] < r["stopped"] <= r["best"] + 30,
    ("early_stopping", "and brings its weights back"): lambda r: (
        abs(r["back"] - r["least"]) < 1e-6 and r["end"] > 2 * r["least"]
    ),
    ("early_stopping", "learns no longer than that"): lambda r: r["epochs"] == r["stopped"] + 1,
    ("l2", "the larger λ, the smaller the weights"): lambda r: (
        list(r.values()) == sorted(r.values(), key=lambda n: -n["squares"])
    ),
    ("l2", "some of it is best on new points"): lambda r: (
        min(r[0.001]["new"], r[0.01]["new"]) < min(r[0]["new"], r[0.3]["new"]) / 2
    ),
    ("moons", "Values learn them"): lambda r: r["accuracy"] > 0.95 and r["last"] < 0.1 * r["first"],
    ("gradient_test", "right passes"): lambda r: r["verdicts"]["right_square"].startswith("pass"),
    ("gradient_test", "wrong is named"): lambda r: "factor 2" in r["verdicts"]["wrong_square"],
    ("gradient_test", "a layer passes"): lambda r: r["verdicts"]["a Dense layer"].startswith("pass"),
    ("gradient_test", "neither large nor tiny h"): lambda r: 1e-8 < r["best"] < 1e-3 and r["least"] < 1e-9 < r["tiny"],
    ("convolution", "reads 95% with 1898 weights"): lambda r: r["accuracy"] > 0.95 and r["weights"] == 1898,
    ("digits", "reads 96% of what it has not seen"): lambda accuracy: accuracy >= 0.96,
    ("lstm", "counting pairs has 2.34"): lambda r: round(r["pairs"], 2) == 2.34,
    ("lstm", "the network comes to 2"): lambda r: r["last"] < 2.03,
    ("lstm", "it writes names of its own"): lambda r: 0.5 < r["new"] < 1 and len(set(r["written"])) > 500,
    ("lstm", "of letters, and seldom empty"): lambda r: sum(map(str.isalpha, r["written"])) > 990,
    ("gpt", "it beats counting pairs"): lambda r: r["last"] < 2.2 < 2.3 < r["pairs"],
    ("gpt", "it writes names of its own"): lambda r: 0.5 < r["new"] < 1 and len(set(r["written"])) > 500,
    ("gpt", "each letter takes from those before it, 1 in all"): lambda r: (
        np.allclose(r["attention"].sum(axis=-1), 1, atol=1e-5) and np.triu(r["attention"], 1).max() == 0
    ),
    ("names", "the gradients are the same"): lambda r: r["apart"] < 1e-12,
    ("names", "some 70,000 numbers are some seventy arrays"): lambda r: r["nodes"][0] > 60_000 and 65 < r["nodes"][1] < 75,
    ("names", "the arrays learn"): lambda r: np.mean(r["losses"][-200:]) < 2.6 < 3.2 < r["losses"][0],
    ("names", "it writes names"): lambda r: len(set(r["written"])) > 15 and all(map(str.islower, filter(None, r["written"]))),
}

SHORTER = {  # what these claim holds after fewer steps than they take: {demo: (constant, its value here)}
    "dropout": ("dropout.EPOCHS", 150), "moons": ("moons.STEPS", 40), "digits": ("digits.EPOCHS", 15),
    "lstm": ("lstm.EPOCHS", 4), "gpt": ("lstm.EPOCHS", 2), "names": ("names.STEPS", 400),
}  # fmt: skip


@pytest.fixture
def elsewhere(tmp_path, monkeypatch):
    """The folder of the pictures. They are drawn once, in few dots and where axes stand without a search for room, which takes
    as long again: `docs/images/draw.py --check` draws them as they are."""
    figure = pytest.importorskip("matplotlib.figure").Figure

    def quickly(self, path, save=figure.savefig, **_):
        self.set_layout_engine("none")
        save(self, path, dpi=40)

    monkeypatch.setattr(figure, "savefig", quickly)
    monkeypatch.chdir(tmp_path)
    return tmp_path / "demos-output"


@pytest.mark.parametrize("name", TOPICS)
def test_what_a_demo_claims_holds(name, elsewhere, capsys, monkeypatch):
    if name in SHORTER:
        constant, fewer = SHORTER[name]
        monkeypatch.setattr(f"demos.{constant}", fewer)
    numbers = importlib.import_module(f"demos.{name}").main()
    assert [claim for (demo, claim), holds in CLAIMS.items() if demo == name and not holds(numbers)] == []
    assert gallery.pictures_of(name) and str(elsewhere) in capsys.readouterr().out


def test_every_demo_has_a_claim_and_a_lesson():
    assert list(dict.fromkeys(demo for demo, _ in CLAIMS)) == TOPICS
    for name in TOPICS:
        title, empty, *lesson = importlib.import_module(f"demos.{name}").__doc__.splitlines()
        assert title.endswith(".") or len(title) > 10
        assert not empty and any(lesson)


def test_the_gallery_has_an_article_for_each(elsewhere):
    page = gallery.write(TOPICS).read_text()
    assert all(f'<article id="{name}">' in page for name in TOPICS)


def test_the_gallery_keeps_room_for_each_picture(elsewhere):
    """A link to a section leads there while the pictures above it are still to be loaded."""
    for name in ("perceptron", "backprop"):
        importlib.import_module(f"demos.{name}").main()
    page = gallery.write(TOPICS).read_text()
    images = re.findall(r'<img src="([^"]+)"[^>]* width="(\d+)" height="(\d+)"', page)
    assert len(images) == page.count("<img") >= 2
    image = pytest.importorskip("matplotlib.image")
    for file, width, height in images:
        if file.endswith(".png"):
            assert image.imread(elsewhere / file).shape[:2] == (int(height), int(width))
        else:
            points = re.search(r'<svg[^>]* width="([\d.]+)pt" height="([\d.]+)pt"', (elsewhere / file).read_text()).groups()
            assert [round(float(x) * 4 / 3) for x in points] == [int(width), int(height)]


BELOW = "<mrow><mo>∂</mo><msub><mi>w</mi><mn>1</mn></msub></mrow>"


@pytest.mark.parametrize(
    "text, shown",
    [
        ("w1 and x2", "<i>w</i><sub>1</sub> and <i>x</i><sub>2</sub>"),
        ("w <- w - η", "w ← w - η"),
        ("a < b & c", "a &lt; b &amp; c"),
        ("∂J/∂w1", f"<math><mfrac><mrow><mo>∂</mo><mi>J</mi></mrow>{BELOW}</mfrac></math>"),
        ("noise 1/√B", "noise <math><mfrac><mn>1</mn><msqrt><mi>B</mi></msqrt></mfrac></math>"),
        ("e^-z", "<i>e</i><sup>-z</sup>"),
        ("z_i = w0_i", "<i>z</i><sub>i</sub> = <i>w</i><sub>0i</sub>"),
        ("6.S191, lecture 1, 2.5 of L2", "6.S191, lecture 1, 2.5 of L2"),
    ],
)
def test_formulas_are_set(text, shown):
    assert formulas.rendered(text) == shown


def test_a_title_is_a_link_to_its_section(elsewhere):
    page = gallery.write(["perceptron"]).read_text()
    assert '<a href="#perceptron">perceptron</a>' in page and '<h2><a href="#perceptron">The perceptron' in page


def test_an_unknown_demo_is_answered_with_the_near_ones():
    main = importlib.import_module("demos.__main__").main
    with pytest.raises(SystemExit, match="did you mean digits"):
        main(["digit"])


def test_without_matplotlib_there_are_numbers_and_a_word(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    for name in ("perceptron", "descent"):
        numbers = importlib.import_module(f"demos.{name}").main()
        assert all(holds(numbers) for (demo, _), holds in CLAIMS.items() if demo == name)
        assert "pip install matplotlib" in capsys.readouterr().out
    assert not list(tmp_path.iterdir())


def test_the_list_fits_a_terminal(elsewhere, monkeypatch, capsys):
    module = importlib.import_module("demos.__main__")
    monkeypatch.setattr(module, "run", lambda names: print("ran", *names))
    module.main([])
    out = capsys.readouterr().out
    assert max(map(len, out.splitlines())) <= 80 and out.endswith("ran digits\n")
    assert [line.split()[3] for line in out.splitlines() if "python -m demos" in line] == TOPICS
