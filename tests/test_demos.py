"""The demos run headless, and what they claim holds: a line of the table for each of them."""

import importlib

import numpy as np
import pytest

from demos import TOPICS, gallery

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
    ("digits", "reads 96% of what it has not seen"): lambda accuracy: accuracy >= 0.96,
}


@pytest.fixture
def elsewhere(tmp_path, monkeypatch):
    pytest.importorskip("matplotlib")
    monkeypatch.chdir(tmp_path)
    return tmp_path / "demos-output"


@pytest.mark.parametrize("name", TOPICS)
def test_what_a_demo_claims_holds(name, elsewhere, capsys):
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


def test_an_unknown_demo_is_answered_with_the_near_ones():
    main = importlib.import_module("demos.__main__").main
    with pytest.raises(SystemExit, match="did you mean digits"):
        main(["digit"])
