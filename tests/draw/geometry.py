"""What stands over what in a layout: boxes, arrows, the labels of arrows and the titles of frames, as rectangles and points."""

import itertools

import numpy as np

from autodiff.drawing.svg import TEXT
from autodiff.drawing.text import width_of


def around(centre, size):
    """A rectangle (left, top, right, bottom)."""
    return centre[0] - size[0] / 2, centre[1] - size[1] / 2, centre[0] + size[0] / 2, centre[1] + size[1] / 2


def overlap(a, b, by=0.3):
    return a[0] < b[2] - by and b[0] < a[2] - by and a[1] < b[3] - by and b[1] < a[3] - by


def inside(inner, outer, by=0.3):
    return outer[0] <= inner[0] + by and outer[1] <= inner[1] + by and inner[2] <= outer[2] + by and inner[3] <= outer[3] + by


def samples(curve, count=24):
    """Points of a curve and of its tip."""
    t = np.linspace(0, 1, count)[:, None]
    pieces = np.array(curve[:-1])
    found = [
        (1 - t) ** 3 * a + 3 * (1 - t) ** 2 * t * b + 3 * (1 - t) * t**2 * c + t**3 * d
        for a, b, c, d in zip(pieces[:-1:3], pieces[1::3], pieces[2::3], pieces[3::3])
    ]
    return np.concatenate([*found, [curve[-1]]])


def passed(points, boxes, by=0.3):
    """The names of the rectangles that some of these points are inside."""
    corners = np.array([*boxes.values()])[:, None]
    low, high = corners[..., :2] + by, corners[..., 2:] - by
    return list(itertools.compress(boxes, ((points > low) & (points < high)).all(axis=2).any(axis=1)))


def rectangles(layout):
    """Everything in a layout that has room of its own: boxes, and texts outside of them."""
    found = boxes(layout)
    found |= {f"label of {key}": around(place, layout.rooms[key]) for key, place in layout.labels.items()}
    for k, cluster in enumerate(layout.clusters):
        if not cluster.title:  # another part of the frame has it
            continue
        (left, base), width = cluster.at, width_of(cluster.title, TEXT)
        found[f"title {k}, {cluster.title}"] = (left, base - 0.8 * TEXT, left + width, base + 0.2 * TEXT)
    return found


def faults(layout):
    """What is over something else, or outside the page, in words."""
    everything, page = rectangles(layout), (0.0, 0.0, layout.width, layout.height)
    titles = {name: box for name, box in everything.items() if name.startswith("title ")}
    found = [f"{name} is cut by the page" for name, box in everything.items() if not inside(box, page)]
    found += [f"{a} is over {b}" for (a, p), (b, q) in itertools.combinations(everything.items(), 2) if overlap(p, q, 0.6)]
    for key, curve in layout.curves.items():
        points = samples(curve, 60)
        found += [f"{key} runs through {name}" for name in passed(points, everything, 0.5)]
        if not inside((*points.min(axis=0), *points.max(axis=0)), page):
            found.append(f"{key} is cut by the page")
    found += [f"the edge of the frame {cluster.title} runs through {name}" for name, box in titles.items()
              for cluster in layout.clusters if overlap(box, frame(cluster)) and not inside(box, frame(cluster))]  # fmt: skip
    return found + [f"{key} is half in the frame {cluster.title}" for key, box in boxes(layout).items()
                    for cluster in layout.clusters
                    if overlap(box, frame(cluster)) and not inside(box, frame(cluster))]  # fmt: skip


def unclear(layout):
    """What is over nothing, but can be taken for another thing: an arrow for the edge of a frame that it runs along, the label
    of an arrow for that of another, a label with the edge of a frame in it."""
    points = {key: samples(curve, 160) for key, curve in layout.curves.items()}
    found = [f"{key} runs along an edge of the frame {cluster.title}" for key, curve in layout.curves.items()
             for run in runs(curve) for cluster in layout.clusters if runs_along(run, frame(cluster))]  # fmt: skip
    for key, place in layout.labels.items():
        label = around(place, layout.rooms[key])
        found += [f"an edge of the frame {cluster.title} runs through the label of {key}" for cluster in layout.clusters
                  if overlap(label, frame(cluster), -1.0) and not inside(label, frame(cluster), -1.0)]  # fmt: skip
        far = {other: distance(label, way) for other, way in points.items()}
        near = [other for other in far if layout.rooms[key][0] and far[other] < far[key] - 1.5]
        found += [f"{other} is nearer to the label of {key}" for other in near]
    return found


def distance(box, points):
    """How far the nearest of these points is from a rectangle."""
    low, high = np.array(box[:2]), np.array(box[2:])
    return np.hypot(*np.maximum(np.maximum(low - points, points - high), 0.0).T).min()


def runs(curve):
    """The straight pieces of an arrow along one side of the page: 0 if they are upright and 1 if level, where, from, to."""
    for piece in (curve[k : k + 4] for k in range(0, len(curve) - 4, 3)):
        for axis in (0, 1):
            if max(abs(point[axis] - piece[0][axis]) for point in piece) < 0.2:
                yield axis, piece[0][axis], *sorted((piece[0][1 - axis], piece[-1][1 - axis]))


def runs_along(run, box, close=4.0, long=8.0):
    """Whether a straight piece runs along an edge of a rectangle."""
    axis, at, start, stop = run
    together = min(stop, box[3 - axis]) - max(start, box[1 - axis])
    return together > long and min(abs(box[axis] - at), abs(box[axis + 2] - at)) < close


def boxes(layout):
    return {key: around(place, layout.sizes[key]) for key, place in layout.blocks.items()}


def frame(cluster):
    return cluster.left, cluster.top, cluster.left + cluster.width, cluster.top + cluster.height
