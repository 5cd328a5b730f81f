"""What the sentences of the player call nodes and boxes."""

from __future__ import annotations

from autodiff.drawing.blocks import Block
from autodiff.drawing.clipping import PRINT, clipped
from autodiff.drawing.figures import size_of
from autodiff.drawing.formula import title
from autodiff.drawing.graph import Graph, Node
from autodiff.drawing.labels import headings, label_of
from autodiff.drawing.results import call_of
from autodiff.drawing.terms import formula, known_text

SMALL = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")
MANY = 150  # nodes


class Names:
    """What the sentences call each node: the heading of its box, which is that of pictures. What has no heading of its own has
    a name that stands beside the heading: its op, `exp`, `exp₂`; `p1` for parameters, `x1` for inputs. The only target is
    `result` if it has no name. And a heading for every block; and the largest gradient."""

    def __init__(self, graph: Graph) -> None:
        self.targets = graph.targets
        self.nodes: dict[Node, str] = {}
        self.blocks: dict[Block, str] = {}
        self.counts: dict[str, int] = {}
        self.formulas: set[str] = set()  # that are names; the program's text is the same in each turn of a loop
        self.top = max((size_of(edge.part) for edge in graph.edges()), default=0.0)
        for node in graph.nodes if len(graph.nodes) <= MANY else []:  # of more, those that are shown are numbered
            self.name(node)

    def __getitem__(self, node: Node) -> str:
        return self.nodes.get(node) or self.name(node)

    def name(self, node: Node) -> str:
        """Give a node its name."""
        if node.origin:
            found = clipped(headings(node, PRINT)[0])
        elif node.kind == "constant":
            found = known_text(node, PRINT)
        elif node.name is None and self.targets == [node] and not node.failed:
            found = "result"
        elif node.name:
            found = clipped(call_of(node) or headings(node, PRINT)[0])
        elif (how := whole_formula(node)) and how not in self.formulas:
            self.formulas.add(how)
            found = clipped(how)
        elif node.op is None:
            found = f"{'p' if node.kind == 'parameter' else 'x'}{self.count(node.kind)}"
        else:
            number = self.count(op := title(node))
            found = op + str(number).translate(SMALL) if number > 1 else op
        self.nodes[node] = found
        return found

    def count(self, kind: str) -> int:
        """Which one of its kind comes now, from 1."""
        self.counts[kind] = self.counts.get(kind, 0) + 1
        return self.counts[kind]

    def of(self, block: Block) -> str:
        """What the sentences call a block."""
        if is_single(block):
            return self[block.members[0]]
        if block not in self.blocks:
            self.blocks[block] = in_a_row(label_of(block).heading)
        return self.blocks[block]


def in_a_row(heading: str) -> str:
    """A heading whose words are one space apart."""
    return " ".join(heading.split())


def whole_formula(node: Node) -> str:
    """The heading of a node without a name if it is a whole formula: several boxes may be `· ^ 2`; else ""."""
    how = formula(node, PRINT)
    return "" if "·" in how else how


def is_single(block: Block) -> bool:
    """Whether a block is one node, and not a closed group of one."""
    return len(block.members) == 1 and block.kind not in ("group", "sum", "outside")
