"""Symptoms of the network: its outputs, activations and gradients. Each function yields what it finds in the measurements.

A symptom that a healthy model may have as well counts only while the outputs say little of the targets (`m.learned` is False).
"""

from __future__ import annotations

import math

import numpy as np

from nn.diagnosis.finding import Found, percent, short
from nn.diagnosis.measurements import Measurements


def squashed_twice(m: Measurements) -> Found:
    for layer, op, before in m.squashed:
        if layer:
            most = math.e / (math.e + m.outputs.shape[-1] - 1) if op == "softmax" else 1 / (1 + math.exp(-1))
            what = f"The outputs are squashed twice: {layer} computes the {op} of a {before}. "
            what += f"So no output can be above {most:.2f}, however sure the model is."
            yield layer, most, what, "Try to remove one of the two: an activation in the last layer is enough."


def probabilities_as_logits(m: Measurements) -> Found:
    """Such logits lie between 0 and 1: the loss is least where the right one is 1 and the others are 0."""
    before = next((before for layer, _, before in m.squashed if not layer), None)
    if before is not None:
        softmax = before == "softmax"
        least = math.log1p((m.outputs.shape[-1] - 1) / math.e) if softmax else math.log(2)
        option = " (from_logits=True)" if m.from_logits else ""
        what = f"The loss wants logits{option}, but is given the probabilities of a {before}. "
        what += f"So the loss of an example {'' if softmax else 'of class 0 '}can't fall below {least:.2f}."
        way = " Or leave out from_logits=True, which is less exact." if option else ""
        yield "the loss", least, what, f"Try the last layer without {before}.{way}"


def not_finite(m: Measurements) -> Found:
    layer = next((layer for layer, share in m.not_finite.items() if share), None)
    if layer is not None:
        share = m.not_finite[layer]
        what = f"The numbers have become too large: {percent(share)} of the outputs of {layer} are infinite or NaN."
        way = "Try a new model (these weights are lost) with a tenth of the learning rate, or clipnorm=1.0 in the optimizer."
        yield layer, share, what, way


def dead_relus(m: Measurements) -> Found:
    """In networks of ten layers that do learn, a layer has up to 80% dead units. One with more than 90% lets little through."""
    for layer, (dead, units) in m.dead.items():
        if dead >= 0.9 * units and not m.learned:
            verb = "gives" if dead == 1 else "give"
            what = f"The ReLUs of {layer} are dead: {dead} of {units} {verb} 0 for all {len(m.x)} examples. "
            what += "Where a ReLU gives 0, its gradient is 0 too, so it stays as it is."
            last = m.ends_in == "relu" and layer == list(m.dead)[-1]
            way = "no activation in the last layer" if last else "leaky_relu, or a smaller learning rate, or scaled inputs"
            yield layer, dead / units, what, f"Try a new model with {way}."


def missing_gradients(m: Measurements) -> Found:
    if m.outputs.size and not m.trainable:
        what = "Training can change nothing: the model has 0 trainable variables."
        yield "the model", 0.0, what, "Try model.trainable = True, or add a layer with weights."
    if m.missing:
        names = ", ".join(m.missing[:4]) + (", ..." if len(m.missing) > 4 else "")
        left = next((f" In {layer or 'the loss'}, numbers leave the tape by {how}()." for layer, how in m.escapes), "")
        what = f"The loss does not depend on {len(m.missing)} of the {m.trainable} trainable variables: {names}.{left}"
        way = "functions of numpy or autodiff there, on the tensor itself" if left else "to use them in call, or remove them"
        yield m.missing[0], float(len(m.missing)), what, f"Try {way}."


def vanishing(m: Measurements) -> Found:
    """With sigmoids and SGD, networks that have a thousandth left do not learn. Adam may still move the first layer as fast as
    the others; so its steps count too. (The gradient is that at the outputs of the layers.)"""
    if m.learned or any(dead_relus(m)) or not _known(m.slopes):
        return
    (first, *_), (*_, end) = m.slopes, m.slopes
    if m.slopes[end] == 0:
        what = f"The loss is flat: its gradient at the outputs is 0 for all {len(m.x)} examples. "
        what += "A sigmoid or softmax that gives exactly 0 or 1 does not learn."
        yield end, 0.0, what, "Try the last layer without activation, and a loss with from_logits=True."
        return
    if m.slopes[first] == 0:
        what = f"No gradient comes back to {first}: it is 0 there, and {short(m.slopes[end])} at {end}."
        yield first, 0.0, what, "Try initial weights that are not zeros: the default, glorot_uniform, draws them at random."
        return
    share, fastest = m.slopes[first] / m.slopes[end], max(m.updates.values(), default=0.0)
    if share < 1e-3 and m.updates.get(first, 0.0) <= 1e-2 * fastest:
        what = f"The gradient vanishes on its way back: at {first} it is {short(share)} times what it is at {end}."
        yield first, share, what, "Try relu in the hidden layers, or fewer layers, or a BatchNormalization after each."


def exploding(m: Measurements) -> Found:
    """In the demos the gradient grows to 110 times at most, in a model that over-fits. Ten times that is too much."""
    if m.learned or any(dead_relus(m)) or not _known(m.slopes):
        return
    end, worst = list(m.slopes)[-1], max(m.slopes, key=lambda layer: m.slopes[layer])
    growth = m.slopes[worst] / m.slopes[end] if m.slopes[end] else 1.0
    if growth > 1e3:
        what = f"The gradient explodes on its way back: at {worst} it is {short(growth)} times what it is at {end}."
        way = "Try smaller initial weights: glorot_uniform (the default), or he_normal for relu. clipnorm=1.0 helps too."
        yield worst, growth, what, way


def standing_still(m: Measurements) -> Found:
    """The update-to-weight ratio. About 1e-3 is usual (CS231n, Neural Networks Part 3); layers that learn differ by 100."""
    fastest = max(m.updates.values(), default=0.0)
    slow = next((layer for layer, ratio in m.updates.items() if layer in m.slopes and ratio < 1e-4 * fastest), None)
    if slow is not None and not m.learned and not any(dead_relus(m)) and not any(vanishing(m)):
        what = f"The weights of {slow} stand still: a step changes them by {short(m.updates[slow])} times their size. "
        what += f"In another layer it is {short(fastest)}; 0.001 is usual."
        way = "Try scaled inputs and smaller initial weights: far from 0, a sigmoid or tanh is flat. Or try relu."
        yield slow, m.updates[slow], what, way


def constant_output(m: Measurements) -> Found:
    """Float32 has rounding errors of 1e-7."""
    if len(m.outputs) < 2 or not np.isfinite(m.outputs).all() or any(dead_relus(m)) or any(vanishing(m)):
        return
    p = m.outputs.reshape(len(m.outputs), -1)
    spread = float(np.ptp(p, axis=0).max())
    if spread <= 1e-6 * np.abs(p).max():
        answer = short(float(p[0, 0])) if p.shape[1] == 1 else "the same row"
        why, way = "", "initial weights that are not zeros, and a weaker regularizer if there is one"
        if np.all(m.x == m.x[:1]):
            why, way = " All rows of x are the same.", "to find out where the rows of x became the same"
        yield "the model", spread, f"The model answers {answer} for all {len(p)} examples.{why}", f"Try {way}."


def one_class_predicted(m: Measurements) -> Found:
    """A new model may well say one class, and a slow one does so for long. But if two thirds of the examples are of this class,
    a model may stay so, since the others cost little. One that learns already has outputs that fit their examples best."""
    if m.steps < 100 or not m.own > 0.8 * m.shuffled or "crossentropy" not in m.loss_name or any(constant_output(m)):
        return
    said, true = _classes(m.outputs, 0.0 if m.from_logits else 0.5), _classes(m.y, 0.5)
    other = float(np.mean(true != said[0]))
    if np.all(said == said[0]) and 0 < other < 1 / 3:
        what = f"After {m.steps:,} steps the model says class {said[0]} for all {len(said)} examples. "
        what += f"{percent(other)} of them are of another class."
        yield "the model", other, what, "Try class_weight in fit, so that rare classes count more."


def _known(slopes: dict[str, float]) -> bool:
    return bool(slopes) and all(map(math.isfinite, slopes.values()))


def _classes(a: np.ndarray, threshold: float) -> np.ndarray:
    """The class of each output, label or one-hot row."""
    if a.ndim > 1 and a.shape[-1] > 1:
        return a.argmax(axis=-1).reshape(-1)
    return a.reshape(-1).astype(int) if a.dtype.kind in "iub" else (a.reshape(-1) > threshold).astype(int)
