"""Samples: series of orthogonal polynomials. numpy's functions do not ask us, so the rows are of ours."""

import numpy as np

from autodiff import polynomial
from samples.table import any_, real_parts, sample, wrong

for basis in ("poly", "cheb", "leg", "lag", "herm", "herme"):
    val, vander, der, integral, add, sub, mul, fromroots, roots = (
        getattr(polynomial, basis + name)
        for name in ("val", "vander", "der", "int", "add", "sub", "mul", "fromroots", "roots")
    )
    sample(val, any_(3), any_(4))
    sample(val, any_(2, 2), any_(3))
    sample(val, any_(), any_(3))
    sample(val, 0.5, any_(5))
    sample(val, any_(3), [1.0, 2.0, 3.0])
    sample(val, any_(2), any_(3, 2))
    sample(val, any_(2), any_(3, 2), False)
    sample(vander, any_(4), 3)
    sample(vander, any_(2), 0)
    sample(der, any_(5))
    sample(der, any_(5), 2)
    sample(der, any_(2, 3), 1, 2.0, 0 if basis == "herme" else 1)  # numpy's hermeder leaves the axis in front
    sample(integral, any_(3))
    sample(integral, any_(3), 2, [1.0, 2.0])
    sample(integral, any_(2, 3), 1, [0.5], 0.3, 2.0, 1)
    for f in (add, sub, mul):
        sample(f, any_(4), any_(2))
        sample(f, any_(2), any_(3))
    sample(mul, any_(3), [1.0, 2.0])
    sample(fromroots, any_(3))
    sample(real_parts(roots), fromroots(np.array([-2.0, 0.3, 1.5])) + any_(4) / 50)
    sample(roots, any_(2))
    wrong(val, any_(2), any_(0))
    wrong(vander, any_(2), -1)
    wrong(der, any_(3), -1)
    wrong(integral, any_(3), 1, [1.0, 2.0])
    wrong(add, any_(2, 2), any_(2))
