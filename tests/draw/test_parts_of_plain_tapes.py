"""Which nodes play one part where a graph has no call sites, and what these parts are called."""

import numpy as np
import pytest

import autodiff as ad
from autodiff.drawing.apart import with_like_users
from autodiff.drawing.clipping import PRINT
from autodiff.drawing.cycles import rounds
from autodiff.drawing.labels import label_of
from autodiff.drawing.terms import text_of_all


def role(op, name=""):
    return ((), op, "", "", 0, name, False, False)


SOFTMAX = {  # of each colour the role: logits, exponentials, sums and shares, of which those of one element are used
    0: ("leaf", "parameter", False, "w"), 1: role("add"), 2: role("add"), 3: role("exp"), 4: role("exp"), 5: role("sum"),
    6: role("divide"), 7: role("log"),
}  # fmt: skip
ARROWS = [(0, 1), (0, 2), (1, 3), (2, 4), (3, 5), (4, 5), (4, 6), (5, 6), (6, 7)]


def merged(roles, arrows, sizes):
    colours = np.repeat(list(roles), [sizes.get(colour, 2) for colour in roles])
    component = rounds(len(roles), arrows)
    alone = {colour for colour in roles if component.count(component[colour]) == 1}
    whole = with_like_users(colours, roles, arrows, alone)
    return dict(zip(colours.tolist(), whole.tolist()))


def test_what_some_read_less_of_is_one_part_with_the_others():
    found = merged(SOFTMAX, ARROWS, {})
    assert found[1] == found[2] and found[3] == found[4]
    assert len(set(found.values())) == len(SOFTMAX) - 2


@pytest.mark.parametrize("size, one", [(1, True), (2, False)])
def test_a_name_that_one_node_alone_has_tells_nothing_apart(size, one):
    roles = SOFTMAX | {4: role("exp", "top")}
    found = merged(roles, ARROWS, {4: size})
    assert (found[3] == found[4]) == one


def test_what_other_operations_read_is_another_part():
    roles = SOFTMAX | {8: role("tanh")}
    found = merged(roles, [*[arrow for arrow in ARROWS if arrow != (4, 5)], (4, 8)], {})
    assert found[3] != found[4]


def test_what_lies_on_a_round_stays_as_it_is_and_what_comes_after_it_is_one_part():
    roles = {**SOFTMAX, 8: role("add"), 9: role("multiply")}
    found = merged(roles, [*ARROWS, (8, 9), (9, 8), (8, 1), (8, 2)], {})
    assert found[8] == 8 and found[9] == 9 and found[1] == found[2] and found[3] == found[4]


def test_the_variables_of_the_last_turn_of_a_loop_say_what_those_of_all_turns_are():
    total, w = 0.0, ad.Value(0.5)
    with ad.Tape() as tape:  # noqa: F841 - it holds the graph
        for k in range(3):
            z = ad.sin(ad.cos(ad.sin(ad.cos(ad.sin(ad.cos(w * (k + 1.0)))))))
            total = total + ad.exp(z * z)
    nodes = [node for node in ad.draw(total).sketch.graph.nodes if node.op and node.op.name == "exp"]
    assert text_of_all(nodes, PRINT) == "exp(z × z)" and len(nodes) == 3
    assert text_of_all(nodes[:-1], PRINT) == ""


def test_the_name_of_one_of_several_things_is_not_said_of_all():
    hidden = [[ad.Value(0.5 * k + j, name=f"hidden {k}: w[{j}]") for j in range(2)] for k in range(3)]
    with ad.Tape():
        outs = [ad.tanh(w[0] * 2.0 + w[1] * 3.0) for w in hidden]
        total = sum(outs)
        nodes = [node for node in ad.draw(total, names={}).sketch.graph.nodes if node.op and node.op.name == "tanh"]
    assert len(nodes) == 3 and "hidden" not in text_of_all(nodes, PRINT)


def test_operations_on_what_has_no_name_are_said_by_what_that_is():
    def network():
        first = [[ad.Value(0.1 * j - 0.2 * k) for k in range(4)] for j in range(4)]
        second = [ad.Value(0.3 * k - 0.5) for k in range(4)]
        loss = 0.0
        for j in range(6):
            hidden = [ad.tanh(sum(w * (x + j) for x, w in enumerate(row))) for row in first]
            shares = [ad.exp(h) for h in hidden]
            total = sum(shares)
            y = sum(w * (e / total) for w, e in zip(second, shares, strict=True))
            loss = loss + (y - 1.0) ** 2
        return loss

    with ad.Tape() as tape:
        loss = network()
    headings = {label_of(block).heading for block in ad.draw(tape, loss, names={}).sketch.blocks}
    assert {"parameter × ·  ×96", "tanh(sum)  ×24", "exp(tanh(·))  ×24", "parameter × softmax  ×24", "sum − 1  ×6",
            "(· − ·) ^ 2  ×6"} <= headings  # fmt: skip
