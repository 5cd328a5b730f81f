"""What a batch does in a model, forwards and backwards, as numbers. All happens in copies: the model stays as it is."""

from __future__ import annotations

import copy
import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np

import autodiff as ad
from nn import settings
from nn.data import match_trailing_axis
from nn.diagnosis.listener import Listener, named_layers
from nn.diagnosis.trials import Trials, try_rates
from nn.layers.tree import VARIABLE, walk
from nn.trainer import Trainer
from nn.typing import ArrayLike

ORDERS = 5  # how often the outputs are given to other examples


def nothing() -> np.ndarray:
    return np.empty(0)


@dataclass
class Measurements:
    """What was measured. Layers and variables go by their names. What could not be measured is empty, None or NaN."""

    x: np.ndarray = field(default_factory=nothing)  # the examples that were looked at
    y: np.ndarray = field(default_factory=nothing)
    labels: np.ndarray = field(default_factory=nothing)  # the targets of all examples; empty if the model has its own loss
    loss_name: str = ""  # of the loss's function, likewise
    from_logits: bool = False
    steps: int = 0  # the steps that the optimizer has taken
    error: str = ""  # why the data are refused
    outputs: np.ndarray = field(default_factory=nothing)
    ends_in: str = ""  # the activation that made the outputs
    loss: float = math.nan
    own: float = math.nan  # the loss without the penalties of regularizers
    shuffled: float = math.nan  # the same if each example got the outputs of another one
    not_finite: dict[str, float] = field(default_factory=dict)  # {layer: the share of its outputs that is NaN or infinite}
    first: str = ""  # the first layer with a kernel
    sizes: np.ndarray = field(default_factory=nothing)  # the root mean square of each of its inputs
    dead: dict[str, tuple[int, int]] = field(default_factory=dict)  # {layer: (relus that are 0 for all examples, all relus)}
    squashed: list[tuple[str, str, str]] = field(default_factory=list)  # (layer, or nothing for the loss; op; the op before)
    escapes: list[tuple[str, str]] = field(default_factory=list)  # (layer, how numbers left the tape in it)
    slopes: dict[str, float] = field(default_factory=dict)  # {layer: the norm of the gradient at its output}
    missing: list[str] = field(default_factory=list)  # the trainable variables without a gradient
    trainable: int = 0  # how many variables training changes
    within: float | None = None  # the variance of the labels inside of batches, divided by that of all labels
    rate: float = math.nan
    trials: Trials = field(default_factory=dict)
    updates: dict[str, float] = field(default_factory=dict)  # {layer: the norm of its kernel's first step, divided by its own}

    @property
    def learned(self) -> bool:
        """Whether the outputs say much of the targets: those of another example would cost four times as much, or more. (The
        outputs of a new model may by chance cost half.)"""
        return self.own < 0.25 * self.shuffled


def measure(model: Any, x: np.ndarray, y: np.ndarray, w: ArrayLike | None = None, labels: np.ndarray | None = None,
            trials: bool = True) -> Measurements:  # fmt: skip
    """The measurements of a compiled model at these examples. labels: the targets of all examples, if these are some of them.

    trials: whether to try learning rates.
    """
    m = Measurements(ad.to_numpy(x), ad.to_numpy(y), steps=model.optimizer.iterations, from_logits=model.loss.from_logits)
    if type(model).compute_loss is Trainer.compute_loss:  # else nobody knows what y is for
        m.labels = m.y if labels is None else ad.to_numpy(labels)
        m.loss_name = getattr(getattr(model.loss, "function", None), "__name__", "")
    stream = copy.deepcopy(settings.generator())
    with settings.use_generator(stream), settings.training(), np.errstate(all="ignore"):
        start = duplicate(model)
        if not start.built:
            try:
                start(x[:1], training=False)  # as fit does: dropout draws nothing between the weights
            except ValueError as error:
                m.error = str(error)
                return m
        m.trainable = len(start.trainable_variables)
        _look(duplicate(start) if trials else start, m, (x, y, w))
        if trials and m.trainable and np.isfinite(m.loss):
            m.rate, m.trials, updates = try_rates(lambda: duplicate(start), (x, y, w))
            ratios = dict(zip(map(id, start.trainable_variables), updates))
            for name, layer in named_layers(start).items():
                kernels = [ratios[id(v)] for v in own_variables(layer) if len(v.shape) > 1 and id(v) in ratios]
                m.updates |= {name: max(kernels)} if kernels else {}
    return m


def duplicate(model: Any) -> Any:
    """A copy of a model with its optimizer, but without its history."""
    return copy.deepcopy(model, {id(model.history): None})


def own_variables(layer: Any) -> list[Any]:
    """The variables of a layer, without those of the layers inside it."""
    return [v for _, v in walk(layer, VARIABLE, deep=False)]


def _look(model: Any, m: Measurements, batch: tuple[Any, Any, Any]) -> None:
    """Compute the loss of this copy and its gradients, and write down what they say."""
    layers, variables, (x, y, w) = named_layers(model), model.trainable_variables, batch
    p = loss = None
    with Listener(model) as heard, ad.Tape() as tape:
        try:
            p = model(x)
            loss = model.compute_loss(x, y, p, w)
        except ValueError as error:
            m.error = str(error)
    if p is not None:
        m.outputs, m.ends_in = ad.to_numpy(p), heard.maker(p)
    m.squashed, m.escapes = heard.squashed, heard.escapes
    for name, box in heard.relus:
        zeros = np.all(ad.to_numpy(box) == 0, axis=tuple(range(np.ndim(box) - 1)))
        dead, units = m.dead.get(name, (0, 0))
        m.dead[name] = dead + int(np.sum(zeros)), units + np.size(zeros)
    results = {name: pair for name, pair in heard.results.items()
               if own_variables(layers[name]) and isinstance(pair[1], ad.Tensor)}  # fmt: skip
    m.not_finite = {name: 1 - float(np.isfinite(ad.to_numpy(box)).mean()) for name, (_, box) in results.items()}
    for name, (given, _) in results.items():
        if given.dtype.kind == "f" and any(len(v.shape) > 1 for v in own_variables(layers[name])):
            squares = np.square(ad.to_numpy(given).astype(float))
            m.first, m.sizes = name, np.sqrt(np.mean(squares, axis=tuple(range(given.ndim - 1))))
            break
    if loss is None:
        return
    m.loss, (m.own, m.shuffled) = float(loss), _data_losses(model, m, w)
    sources = [*variables, *(box for _, box in results.values())]
    gradients = tape.gradient(loss, sources) if variables and isinstance(loss, ad.Tensor) else [None] * len(sources)
    m.missing = [v.name or "a variable" for v, g in zip(variables, gradients) if g is None]
    at_outputs = zip(results, gradients[len(variables) :])
    m.slopes = {name: float(np.linalg.norm(ad.to_numpy(g).astype(float))) for name, g in at_outputs if g is not None}


def _data_losses(model: Any, m: Measurements, w: ArrayLike | None) -> tuple[float, float]:
    """The loss without penalties, and its mean if each example got the outputs of another one, in a few orders.

    NaN if the model computes another loss than that of these outputs and targets.
    """
    y, stream = match_trailing_axis(m.y, m.outputs), np.random.default_rng(0)
    weights = None if w is None else ad.to_numpy(w)
    orders = [np.arange(len(m.outputs)), *(stream.permutation(len(m.outputs)) for _ in range(ORDERS))]
    try:
        own, *others = [float(model.loss(y, m.outputs[order], weights)) for order in orders]
    except ValueError:
        return math.nan, math.nan
    return own, float(np.mean(others))


def variance_within(batches: list[np.ndarray]) -> float | None:
    """The variance of the labels inside of batches, divided by that of all labels: 1 if they are shuffled, 0 if sorted.

    None if the batches are too few, or too small, to tell.
    """
    rows = [ad.to_numpy(y).astype(float).reshape(len(y), -1) for y in batches if len(y) > 1]
    if len(rows) < 2:
        return None
    total = float(np.concatenate(rows).var(axis=0).sum())
    return float(np.mean([y.var(axis=0, ddof=1).sum() for y in rows])) / total if total else None
