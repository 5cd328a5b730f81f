"""The terminal view, to the letter."""

import io

import numpy as np
import pytest

import autodiff as ad


def shown(*what, **options):
    file = io.StringIO()
    ad.show(*what, file=file, **options)
    return file.getvalue().rstrip("\n")


def loss_and_tape():
    w, x = ad.Value(2.0, name="w"), ad.Value(5.0, name="x")
    tape = ad.Tape(persistent=True)
    with tape:
        loss = (w * x - 1.0) ** 2
    return tape, loss


def test_a_loss():
    tape, loss = loss_and_tape()
    assert shown(tape, loss, names={"loss": loss}) == """\
                         value  gradient
loss = (w * x - 1) ** 2     81         1
└─ w * x - 1                 9        18
   └─ w * x                 10        18
      ├─ w                   2        90
      └─ x                   5        36"""


def test_ascii_and_dashes():
    tape, loss = loss_and_tape()
    assert shown(tape, loss, ascii=True, gradients=False) == """\
                  value  gradient
(w * x - 1) ** 2     81         -
`- w * x - 1          9         -
   `- w * x          10         -
      |- w            2         -
      `- x            5         -"""


def test_a_terminal_that_knows_ascii_only_gets_ascii():
    tape, loss = loss_and_tape()
    file = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    ad.show(tape, loss, file=file)
    file.flush()
    assert b"`- w * x" in file.buffer.getvalue()


def test_a_shared_node_is_shown_once():
    x = ad.Value(0.5, name="x")
    with ad.Tape(persistent=True) as tape:
        y = ad.sin(x)
        loss = y * y
    assert shown(tape, loss) == """\
                  value  gradient
sin(x) * sin(x)  0.2298         1
├─ #1 sin(x)     0.4794    0.9589
│  └─ x             0.5    0.8415
└─ #1 sin(x) (above)"""


def test_constants_as_rows():
    tape, loss = loss_and_tape()
    assert shown(tape, loss, constants=True).splitlines()[1:3] == [
        "(w * x - 1) ** 2     81         1", "├─ w * x - 1          9        18",
    ]  # fmt: skip


def test_arrays_are_shown_by_their_range():
    v = ad.Variable(np.arange(6.0).reshape(2, 3), name="v")
    with ad.Tape(persistent=True) as tape:
        loss = np.sum(v * v)
    assert shown(tape, loss) == """\
               value  gradient
sum(v * v)        55         1
└─ v * v 2×3  0 … 25     all 1
   ├─ v 2×3    0 … 5    0 … 10
   └─ v 2×3    0 … 5    0 … 10"""


@pytest.mark.parametrize("length", [100, 20_000])
def test_a_long_chain_neither_recurses_nor_runs_off_the_page(length):
    x = ad.Value(0.5)
    with ad.Tape(persistent=True) as tape:
        y = x
        for _ in range(length // 2):
            y = ad.sin(y) * 1.5
    text = shown(tape, y)
    assert max(map(len, text.splitlines())) < 120 and len(text.splitlines()) < 300


def test_an_empty_tape_and_a_leaf():
    with ad.Tape() as tape:
        pass
    assert shown(tape).split() == ["value", "gradient"]
    assert shown(ad.Value(2.0, name="w")).split() == ["value", "gradient", "w", "2", "–"]


def test_a_picture_prints_how_large_it_is_and_what_it_is_of():
    tape, loss = loss_and_tape()
    picture = ad.draw(tape, loss, constants=False)
    assert repr(picture) == "Picture(5 nodes, 4 edges)"
    assert str(picture).splitlines() == [repr(picture), "  loss = 81"]
