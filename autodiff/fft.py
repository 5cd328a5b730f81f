"""numpy.fft's functions under their names, for arrays, Tensors and Variables.

>>> import numpy as np
>>> import autodiff as ad
>>> x = ad.Variable([1.0, 2.0, 3.0])
>>> with ad.Tape() as tape:
...     power = np.sum(np.abs(ad.fft.rfft(x)) ** 2)
>>> tape.gradient(power, x)
Tensor([ 9., 12., 15.])
"""

from numpy.fft import fftfreq, rfftfreq

from autodiff.rules.fourier import (
    fft,
    fft2,
    fftn,
    fftshift,
    hfft,
    ifft,
    ifft2,
    ifftn,
    ifftshift,
    ihfft,
    irfft,
    irfft2,
    irfftn,
    rfft,
    rfft2,
    rfftn,
)  # fmt: skip

__all__ = [
    "fft", "fft2", "fftfreq", "fftn", "fftshift", "hfft", "ifft", "ifft2", "ifftn", "ifftshift", "ihfft", "irfft", "irfft2",
    "irfftn", "rfft", "rfft2", "rfftfreq", "rfftn",
]  # fmt: skip
