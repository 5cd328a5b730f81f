"""Symptoms of the data: labels, scales, order. Each function yields what it finds in the measurements."""

from __future__ import annotations

import math

import numpy as np

from nn.diagnosis.finding import Found, percent, short
from nn.diagnosis.measurements import Measurements

REACH = {"sigmoid": (0.0, 1.0), "softmax": (0.0, 1.0), "tanh": (-1.0, 1.0), "relu": (0.0, math.inf)}
REGRESSION = ("mean_squared_error", "mean_absolute_error", "huber")


def refused(m: Measurements) -> Found:
    if m.error and not any(labels_out_of_range(m)):
        yield "the data", math.nan, f"fit refuses these data. {m.error}", "Try what this message says, and diagnose again."


def labels_out_of_range(m: Measurements) -> Found:
    """Labels that are no class of the loss, and targets that the last activation can't reach."""
    y, noun = m.labels, "labels"
    low, high = (float(y.min()), float(y.max())) if y.size else (0.0, 0.0)
    if m.loss_name == "sparse_categorical_crossentropy" and m.outputs.ndim > 1:
        classes = m.outputs.shape[-1]
        share, end = np.mean((y < 0) | (y >= classes)), f"lie outside of 0 to {classes - 1}"
        why = f"The model has {classes} outputs, one for each class."
        way = f"a last layer of {high + 1:.0f} units, one for each class from 0 to {high:.0f}"
        if low < 0:
            way = "labels that count from 0, as np.unique(y, return_inverse=True)[1] does"
        elif (low, high) == (1, classes):
            way = "y - 1 as the labels, for classes count from 0"
    elif m.loss_name == "binary_crossentropy":
        share, end = np.mean((y < 0) | (y > 1)), "lie outside of 0 to 1"
        why = "A binary crossentropy needs 0 for no and 1 for yes."
        way = {(-1, 1): "(y + 1) / 2 as the labels", (1, 2): "y - 1 as the labels"}.get((low, high), "labels of 0 and 1")
    elif m.loss_name in REGRESSION and m.ends_in in REACH:
        least, most = REACH[m.ends_in]
        share, noun, end = np.mean((y < least) | (y > most)), "targets", "can't be reached"
        share = share if share > 0.1 else 0.0  # a few targets beyond the end may be outliers
        why = f"The {m.ends_in} at the end gives " + ("0 or more." if most == math.inf else f"{least:g} to {most:g}.")
        way = "a last layer without activation, or targets that are scaled into this range"
    else:
        return
    if share:
        spread = f"they go from {low:.4g} to {high:.4g}"
        yield "the labels", float(share), f"{percent(share)} of the {noun} {end}: {spread}. {why}", f"Try {way}."


def one_class_only(m: Measurements) -> Found:
    y = m.labels
    if len(y) > 1 and np.all(y == y[:1]):
        same = f"are {float(y.reshape(-1)[0]):g}" if y[0].size == 1 else "are the same row"
        what = f"There is nothing to tell apart: all {len(y):,} labels {same}."
        yield "the labels", 1.0, what, "Try np.unique(y, return_counts=True) to see where the other classes got lost."


def unscaled(m: Measurements) -> Found:
    """Initial weights are made for inputs of about 1 in size (LeCun et al., 1998, Efficient BackProp, section 4.3). The demos
    learn well from inputs of 6; pixels from 0 to 255 are about 100."""
    if m.learned:
        return
    if m.sizes.size and m.sizes.max() > 30:
        size, which = float(m.sizes.max()), f"input {m.sizes.argmax()} of" if m.sizes.size > 1 else "the input of"
        what = f"The data are not scaled: {which} {m.first} is {short(size)} in size (root mean square). "
        pixels = m.x.min() >= 0 and 100 < m.x.max() <= 255
        way = "x / 255" if pixels else "(x - x.mean(axis=0)) / x.std(axis=0)"
        yield "the data", size, what + "Initial weights are made for a size of about 1.", f"Try {way} in place of x."
    if m.y.size and m.loss_name in REGRESSION:
        size = float(np.sqrt(np.mean(np.square(np.asarray(m.y, float)))))
        if size > 300:  # ten times more than for inputs, since a bias can learn the mean of the targets
            what = f"The targets are not scaled: they are {short(size)} in size (root mean square). A new model says about 1."
            yield "the labels", size, what, "Try (y - y.mean()) / y.std() in place of y."


def unshuffled(m: Measurements) -> Found:
    """In shuffled batches the labels vary as much as in all data: the share is about 1."""
    if m.within is not None and m.within < 0.5:
        what = f"The examples are in order: inside a batch, the labels have {percent(m.within)} of the variance of all labels."
        way = "Try shuffle=True in fit. In a loop of your own, take the examples in the order of rng.permutation(len(x))."
        yield "the data", m.within, what, way
