"""numpy.polynomial's functions on what tapes follow.

numpy's own take the numbers of their arguments without asking, so they can't be followed where the coefficients are tracked.
The functions here have the same names, arguments and numbers: `ad.polynomial.chebval` is
`np.polynomial.chebyshev.chebval`. The six bases are `poly`, `cheb`, `leg`, `lag`, `herm` and `herme`; of each there are
`val vander der int add sub mul fromroots roots`. Coefficients stand with the lowest degree first.

>>> import numpy as np
>>> from autodiff import grad, polynomial
>>> c = np.array([1.0, 2.0, 3.0])
>>> grad(lambda c: polynomial.chebval(0.5, c))(c)  # the Chebyshev polynomials at 0.5
array([ 1. ,  0.5, -0.5])
"""

from autodiff.rules.series import PUBLIC

__all__ = sorted(PUBLIC)
for name, function in PUBLIC.items():  # they have the names and the docstrings of numpy's
    function.__module__, function.__qualname__ = __name__, name
    function.__doc__ = (function.__doc__ or "").partition("\n    Examples\n")[0].partition(">>>")[0].rstrip()
globals().update(PUBLIC)
