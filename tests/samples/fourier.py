"""Samples: Fourier transforms, and the parts of complex numbers."""

import numpy as np

from samples.table import any_, sample, square, wrong


def parts_of(function):
    """The real and the imaginary parts of the function's result."""

    def of(*args, **keywords):
        y = function(*args, **keywords)
        return np.stack([np.real(y), np.imag(y)])

    of.__name__, of.__module__, of.stands_for = function.__name__, function.__module__, function
    return of


for f in (np.fft.fft, np.fft.ifft, np.fft.rfft, np.fft.ihfft):
    for options in ({}, {"n": 3}, {"n": 7}, {"norm": "ortho"}, {"norm": "forward", "axis": 0}, {"n": 4, "axis": 0}):
        sample(parts_of(f), any_(4, 5), **options)
    sample(parts_of(f), any_(6))
for f in (np.fft.irfft, np.fft.hfft):
    for options in ({}, {"n": 3}, {"n": 7}, {"n": 8, "norm": "ortho"}, {"norm": "forward", "axis": 0}, {"n": 5, "axis": 0}):
        sample(f, any_(4, 5), **options)
    sample(f, any_(6))
several = [parts_of(f) for f in (np.fft.fft2, np.fft.ifft2, np.fft.rfft2, np.fft.fftn, np.fft.ifftn, np.fft.rfftn)]
for f in (*several, np.fft.irfft2, np.fft.irfftn):
    sample(f, any_(2, 4, 5))
    sample(f, any_(4, 5), s=(3, 6), axes=(0, 1), norm="ortho")
    sample(f, any_(4, 5), axes=(1, 0))
    sample(f, any_(3, 5, 2), s=(4, -1), axes=(-3, 1), norm="forward")
for f in (np.fft.fftshift, np.fft.ifftshift):
    sample(f, any_(5))
    sample(f, any_(4, 3))
    sample(f, any_(4, 3), 1)
    sample(f, any_(4, 3, 2), (0, 2))
sample(np.imag, any_(3))
sample(np.angle, square(3, 3))
sample(np.angle, any_(4), True)
sample(np.real_if_close, any_(3))
wrong(np.fft.fft, any_(3), norm="some")
wrong(np.fft.fft, any_(3), 0)
wrong(np.fft.rfft, any_(3), axis=1)
wrong(np.fft.fftn, any_(3, 4), s=(2,), axes=(0, 1))
