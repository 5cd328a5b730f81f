"""Pictures of training, with matplotlib: `pip install matplotlib`.

Each function draws on the Axes it is given, or on new ones, and returns them. None shows or saves anything. Background, text
and fonts are those of matplotlib's style: `with pyplot.style.context("dark_background"):` makes a dark picture. The colours of
the data are legible on both backgrounds, and distinct to the colour-blind.
"""

from nn.plots.boundaries import decision_boundary
from nn.plots.curves import history
from nn.plots.functions import activation, loss_surface
from nn.plots.images import image_grid
from nn.plots.sweeps import learning_rates, sweep
from nn.plots.variables import gradient_flow, histograms

__all__ = [
    "activation", "decision_boundary", "gradient_flow", "histograms", "history", "image_grid", "learning_rates",
    "loss_surface", "sweep",
]  # fmt: skip
