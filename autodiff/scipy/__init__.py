"""Functions of scipy under its names, for arrays, Tensors and Variables: scipy's own take plain arrays, so a gradient would be
lost in them."""

from autodiff.scipy import linalg as linalg
