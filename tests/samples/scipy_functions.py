"""Samples: functions of scipy.signal, ndimage, integrate; compositions of scipy.special. Without scipy there are none."""

import importlib.util

import numpy as np

import autodiff as ad
from samples.table import any_, positive, sample


def enter(scipy):
    sg, nd, it, sp = scipy.signal, scipy.ndimage, scipy.integrate, scipy.special
    for mode in ("full", "same", "valid"):
        for f in (sg.convolve, sg.correlate, sg.fftconvolve):
            sample(f, any_(6), any_(3), mode)
            sample(f, any_(4, 5), any_(2, 3), mode)
            sample(f, any_(3, 4, 2), any_(2, 2, 2), mode)
        for f in (sg.convolve2d, sg.correlate2d):
            for boundary in ("fill", "wrap", "symm"):
                sample(f, any_(4, 5), any_(3, 2), mode, boundary)
    sample(sg.convolve, any_(2), any_(5), "valid")
    sample(sg.convolve2d, any_(3, 3), any_(2, 2), "same", "fill", 0.5)
    unstable, stable = np.array([1.0, -0.5, 0.2]), positive(3) * 0.1
    for f in (sg.lfilter,):
        sample(f, any_(2), unstable, any_(7))
        sample(f, any_(3), stable + np.array([1.0, 0.0, 0.0]), any_(7))
        sample(f, any_(1), stable + np.array([1.0, 0.0, 0.0]), any_(2, 5))
        sample(f, any_(4), positive(1), any_(3))
        sample(f, any_(2), positive(2) * 0.2 + np.array([1.0, 0.0]), any_(5, 2), 0)
        sample(f, np.array([1.0, 2.0]), np.array([1.0, -0.5]), any_(3, 4), axis=-2)
    sample(sg.sosfilt, positive(2, 6) * 0.1 + np.array([1.0, 0.0, 0.0, 1.0, 0.0, 0.0]), any_(6))
    sample(sg.sosfilt, positive(1, 6) * 0.1 + np.array([1.0, 0.0, 0.0, 1.0, 0.0, 0.0]), any_(6, 2), 0)
    for mode in ("reflect", "constant", "nearest", "mirror", "wrap"):
        for f in (nd.convolve, nd.correlate):
            sample(f, any_(4, 5), any_(3, 2), mode)
        for f in (nd.convolve1d, nd.correlate1d):
            sample(f, any_(4, 5), any_(3), 0, mode, 0.5)
        sample(nd.gaussian_filter, any_(4, 5), 0.6, 0, mode)
        sample(nd.uniform_filter, any_(4, 5), (2, 3), mode)
    for f in (nd.convolve, nd.correlate):
        sample(f, any_(6), any_(4), origin=1)
        sample(f, any_(6), any_(3), "constant", 1.5, -1)
    for order in (0, 1, 2):
        sample(nd.gaussian_filter1d, any_(7), 1.0, -1, order)
    sample(nd.gaussian_filter, any_(4, 5), (0.5, 1.0), (0, 1))
    sample(nd.uniform_filter1d, any_(7), 4)
    sample(nd.uniform_filter1d, any_(3, 5), 3, 0, "wrap", origin=1)
    for f in (it.cumulative_trapezoid, it.simpson):
        for n in (3, 4, 7):
            sample(f, any_(n))
            sample(f, any_(2, n), dx=0.3)
            sample(f, any_(n, 2), axis=0)
            sample(f, any_(n), positive(n).cumsum())
            sample(f, any_(2, n), positive(2, n).cumsum(1))
    sample(it.cumulative_trapezoid, any_(4), initial=0)
    for f in (sp.logsumexp, sp.softmax, sp.log_softmax):
        for options in ({}, {"axis": 0}, {"axis": -1}):
            sample(f, any_(3, 4), id=f"scipy-3x4-{options.get('axis')}", **options)
        sample(f, any_(5), id="scipy-5")
    sample(sp.logsumexp, any_(3, 4), 1, positive(3, 4), True, id="scipy-weights")
    sample(sp.factorial, positive(3, 4))
    sample(sp.multigammaln, positive(3, 4) + 2.0, 3)


if importlib.util.find_spec("scipy"):
    enter(ad.scipy)
