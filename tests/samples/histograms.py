"""Samples: histograms. Which bin a number falls into is constant, so the numbers keep away from the edges of the bins."""

import numpy as np

from samples.table import any_, part_of, positive, sample, standing_for, wrong

DATA = np.array([0.1, 0.72, 0.33, 0.95, 0.41, 0.12, 0.66])
OTHER = np.array([0.3, 0.9, 0.15, 0.52, 0.77, 0.05, 0.61])
PLACES = np.array([0, 2, 1, 2, 4, 0, 2])
EDGES = [0.0, 0.25, 0.5, 1.0]
GRID = np.linspace(0.0, 1.0, 8).reshape(2, 4) ** 2 + 0.01

sample(np.bincount, PLACES, any_(7))
sample(np.bincount, PLACES, any_(7), 8)
sample(np.bincount, PLACES[:1], any_(1))
counts, edges = part_of(np.histogram, 0), part_of(np.histogram, 1)
for bins in (4, EDGES, [0.0, 0.5, 1.0]):
    sample(counts, DATA, bins, None, None, positive(7))
    sample(counts, DATA, bins, None, True, positive(7))
    sample(counts, DATA, bins, density=True)
sample(counts, DATA, 5, (0.0, 1.0), None, positive(7))
sample(counts, DATA, 3, (0.2, 0.8), True, positive(7))
sample(counts, GRID, 3, None, None, positive(2, 4))
sample(edges, any_(7), 4, id="edges")
sample(edges, any_(3, 3), id="edges of a matrix")
sample(np.histogram, DATA, 3, None, True, positive(7), id="both")
for bins in (4, 1):
    sample(np.histogram_bin_edges, any_(9), bins)
sample(np.histogram_bin_edges, any_(2, 3))


def flat(function):
    """The function, whose lists of edges are outputs of their own."""

    def form(*args, **keywords):
        n, edges = function(*args, **keywords)
        return (n, *edges)

    return standing_for(function, form)


POINTS = np.stack([DATA, OTHER], 1)
for bins in (3, (2, 3)):
    sample(np.histogram2d, DATA, OTHER, bins)
    sample(np.histogram2d, DATA, OTHER, bins, None, None, positive(7))
    sample(np.histogram2d, DATA, OTHER, bins, None, True, positive(7))
    sample(flat(np.histogramdd), POINTS, bins)
    sample(flat(np.histogramdd), POINTS, bins, None, True, positive(7))
    sample(flat(np.histogramdd), [DATA, OTHER], bins, weights=None)
sample(part_of(np.histogram2d, 0), DATA, OTHER, EDGES, None, None, positive(7))
sample(part_of(np.histogram2d, 0), DATA, OTHER, [2, EDGES], None, True, positive(7))
sample(part_of(np.histogram2d, 0), DATA, OTHER, 2, [[0.0, 1.0], [0.0, 1.0]], None, positive(7))
sample(flat(np.histogramdd), np.stack([DATA, OTHER, DATA[::-1]], 1), 2, None, None, positive(7))



def between_edges(function):
    """The function of data and of the widths of the bins."""
    form = lambda widths, data, *args: function(data, np.cumsum(widths), *args)
    return standing_for(function, form)


sample(between_edges(np.histogram), positive(4) / 6, DATA, None, True, positive(7), id="bins of any width")
sample(between_edges(np.histogram), positive(4) / 6, DATA, None, True, id="counted")
wrong(np.bincount, PLACES, any_(6))
wrong(np.bincount, -PLACES, any_(7))
wrong(np.bincount, PLACES, any_(7), -1)
wrong(np.histogram, any_(4), -1)
wrong(np.histogram, any_(4), [1.0, 0.0])
wrong(np.histogram, any_(4), 3, (1.0, 0.0))
wrong(np.histogram, any_(4), 3, None, None, any_(3))
wrong(np.histogram, any_(4), "some")
wrong(np.histogram2d, any_(4), any_(3))
wrong(np.histogramdd, any_(4, 2), [2, 2, 2])
