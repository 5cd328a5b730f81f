"""Where each layer and each frame begins and ends, along the arrows."""

from __future__ import annotations

from autodiff.drawing.layered.headlines import BESIDE
from autodiff.drawing.layered.vertices import MARGIN, TITLE, Frame, Layered, Vertex

GAP = 10.0  # behind a layer of blocks, and between labels and the arrowheads
TIP = 7.0  # the length of an arrowhead
CROWD = 12.0  # so much farther apart are layers for each label more between arrows that come to one box from one side
STEEP, MORE, MOST = 90.0, 0.1, 40.0  # where arrows go farther across than that, the layers are so much farther apart


class Extents:
    """Along the arrows: where each layer begins and ends, and each frame."""

    def __init__(self, graph: Layered, rankdir: str, titles: dict[Frame, float]) -> None:
        self.graph, self.titles = graph, titles if rankdir in ("LR", "RL") else {}
        self.headlines: dict[int, list[tuple[float, float, float]]] = {}  # by layer: where a title begins along and across
        self.before = MARGIN + TITLE * (rankdir == "TB")
        self.after = MARGIN + TITLE * (rankdir == "BT")
        self.layers: list[tuple[float, float]] = []
        self.frames: dict[Frame, list[float]] = {}
        end = 0.0
        for k, layer in enumerate(graph.layers):
            opening = [frame for frame in graph.frames[1:] if frame.first == k]
            depth = self.depths(opening, self.before)
            start = end + (self.gap(k) if k else 0.0) + max(depth.values(), default=0.0)
            end = start + max((vertex.length for vertex in layer), default=0.0)
            self.layers.append((start, end))
            for frame in opening:
                self.frames[frame] = [start - depth[frame], 0.0]
                if rankdir == "TB":
                    left = frame.sides[0][0].place
                    here = self.frames[frame][0], left + MARGIN - BESIDE, left + titles[frame] - MARGIN + BESIDE
                    self.headlines.setdefault(k, []).append(here)
            end = max([end, *self.close(k, end)])

    def depths(self, frames: list[Frame], margin: float) -> dict[Frame, float]:
        """How far each of these frames reaches beyond its layer, as it holds others that do."""
        found = dict.fromkeys(frames, margin)
        for frame in reversed(frames):
            if frame.parent in found:
                found[frame.parent] = max(found[frame.parent], found[frame] + margin)
        return found

    def close(self, k: int, end: float) -> list[float]:
        """Where the frames end whose last layer this is. A frame is long enough for its title."""
        for frame in reversed(self.graph.frames[1:]):
            if frame.last == k:
                inner = [self.frames[other][1] for other in frame.frames]
                long = self.frames[frame][0] + self.titles.get(frame, 0.0)
                self.frames[frame][1] = max(long, *(x + self.after for x in [end, *inner]))
        return [self.frames[frame][1] for frame in self.graph.frames[1:] if frame.last == k]

    def gap(self, k: int) -> float:
        """Before a layer: more where arrows go far across, so that none is too steep."""
        ends = [(vertex, v) for vertex in self.graph.layers[k] for v in vertex.up if not v.side]
        far = max((abs(v.place - vertex.place) for vertex, v in ends), default=0.0)
        crowd = max((crowded(vertex) for vertex in self.graph.layers[k] if vertex.block is not None), default=0)
        return GAP + TIP * (k % 2 == 0) + min(MOST, max(0.0, MORE * (far - STEEP)) + CROWD * crowd)

    def middle(self, vertex: Vertex) -> float:
        start, end = self.layers[vertex.layer]
        return (start + end) / 2


def crowded(vertex: Vertex) -> int:
    """How many labels stand between arrows that come to a box from one side and from afar."""
    offsets = [v.up[0].place - vertex.place for v in vertex.up if v.length and v.up]
    return max(0, sum(x > STEEP for x in offsets) - 1, sum(x < -STEEP for x in offsets) - 1)
