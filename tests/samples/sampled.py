"""Samples: sampled functions."""

import numpy as np

import autodiff as ad
from samples.table import any_, positive, sample, wrong

for options in ({}, {"n": 2}, {"axis": 0}, {"n": 3, "axis": 0}):
    sample(np.diff, any_(4, 5), **options)
sample(np.diff, any_(4), 1, -1, any_(), any_(2))
sample(np.diff, any_(3, 4), prepend=0.0, append=1.0, axis=0)
sample(np.ediff1d, any_(5))
sample(np.ediff1d, any_(2, 2), any_(1), any_(2))
sample(np.trapezoid, any_(5))
sample(np.trapezoid, any_(3, 5), np.linspace(0, 1, 5) ** 2)
sample(np.trapezoid, any_(3, 5), positive(3).cumsum(), axis=0)
sample(np.trapezoid, any_(3, 5), dx=0.3, axis=0)
sample(np.trapezoid, any_(3, 5), positive(3, 5).cumsum(1))
for options in ({}, {"axis": 0}, {"axis": (0, 1)}, {"edge_order": 2}, {"edge_order": 2, "axis": 1}):
    sample(np.gradient, any_(4, 5), **options)
sample(np.gradient, any_(5), 0.3)
sample(np.gradient, any_(5), positive(5).cumsum())
sample(np.gradient, any_(4, 5), 0.5, positive(5).cumsum(), edge_order=2)
sample(np.gradient, any_(2), 0.5)
GRID = np.array([0.0, 0.4, 1.1, 1.5])
sample(np.interp, np.array([0.1, 0.5, 1.4, -1.0, 2.0]), GRID, any_(4))
sample(np.interp, positive(2, 2) - 0.4, GRID, any_(4), left=3.0, right=-1.0)
sample(np.interp, np.asarray(0.7), GRID, any_(4))
for mode in ("full", "same", "valid"):
    for m, n in ((5, 3), (3, 5), (4, 4), (6, 2), (2, 6), (4, 1)):
        for f in (np.convolve, np.correlate):
            sample(f, any_(m), any_(n), mode)
for strides in (1, 2, (2, 1)):
    sample(ad.conv2d, any_(2, 4, 5, 2), any_(2, 3, 2, 3), strides=strides)
for size, strides in ((2, None), ((2, 3), 1), (2, (3, 1)), (1, 2)):
    sample(ad.max_pool2d, any_(2, 4, 5, 2), size, strides)
sample(ad.conv2d, any_(2, 3, 3, 1), any_(1, 1, 1, 2))
sample(ad.bias_add, any_(2, 3, 3, 2), any_(2))
sample(ad.lstm, any_(3, 2, 2), any_(2, 8), any_(2, 8), any_(8), any_(2, 2), any_(2, 2))
sample(ad.lstm, any_(1, 1, 2), any_(2, 4), any_(1, 4), any_(4), any_(1, 1), any_(1, 1))
THERE = np.array([[True, False], [True, True], [False, True]])
sample(ad.lstm, any_(3, 2, 1), any_(1, 8), any_(2, 8), any_(8), any_(2, 2), any_(2, 2), THERE)
sample(ad.gru, any_(3, 2, 2), any_(2, 6), any_(2, 6), any_(2, 6), any_(2, 2))
sample(ad.gru, any_(3, 2, 1), any_(1, 6), any_(2, 6), any_(2, 6), any_(2, 2), mask=THERE)
sample(ad.simple_rnn, any_(3, 2, 2), any_(2, 3), any_(3, 3), any_(3), any_(2, 3))
sample(ad.simple_rnn, any_(3, 2, 1), any_(1, 2), any_(2, 2), any_(2), any_(2, 2), mask=THERE)
sample(np.unwrap, np.array([0.1, 3.0, -3.0, -0.5, 6.0]))
sample(np.unwrap, any_(2, 5) * 3, period=2.0, axis=0)
wrong(np.diff, any_(3), -1)
wrong(np.gradient, any_(1))
wrong(np.gradient, any_(3), 1.0, 2.0)
wrong(np.interp, any_(3), GRID, any_(3))
wrong(np.convolve, any_(0), any_(2))
wrong(np.convolve, any_(3), any_(2), "some")
wrong(np.trapezoid, any_(3), any_(4))
wrong(ad.conv2d, any_(2, 4, 5, 2), any_(2, 3, 3, 3))
wrong(ad.max_pool2d, any_(2, 4, 5, 2), 0)
wrong(ad.lstm, any_(3, 2, 2), any_(2, 8), any_(2, 8), any_(8), any_(2, 2), any_(2, 3))
wrong(ad.lstm, any_(0, 2, 2), any_(2, 8), any_(2, 8), any_(8), any_(2, 2), any_(2, 2))
wrong(ad.lstm, any_(3, 2, 1), any_(1, 8), any_(2, 8), any_(8), any_(2, 2), any_(2, 2), THERE[:2])
wrong(ad.gru, any_(3, 2, 2), any_(2, 6), any_(2, 6), any_(6), any_(2, 2))
wrong(ad.simple_rnn, any_(3, 2, 2), any_(2, 3), any_(3, 2), any_(3), any_(2, 3))
