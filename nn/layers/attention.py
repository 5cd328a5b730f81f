"""Attention, and what tells it where a step stands: embeddings and encodings of positions."""

from __future__ import annotations

import functools
import math
from collections.abc import Sequence
from typing import Any

import numpy as np

import autodiff as ad
from nn import arguments, initializers, regularizers
from nn.arguments import count, flag, positive, wrong
from nn.arrays import near
from nn.layers.base import ArrayLayer, Layer
from nn.layers.dense import Dropout, known
from nn.layers.shaping import masked_softmax
from nn.masks import aligned
from nn.typing import Axis, Function, Shape


class Projection(Layer):
    """x K + b for kernels of more axes: `summed` last axes of x are summed over."""

    supports_masking = None

    def __init__(self, shape: Sequence[int], summed: int, use_bias: bool, of: MultiHeadAttention, name: str) -> None:
        super().__init__(name=name, dtype=of.dtype)
        self.shape, self.summed, self.use_bias = tuple(shape), summed, use_bias
        self.of = [of.kernel_initializer, of.bias_initializer, of.kernel_regularizer, of.bias_regularizer]

    def build(self, input_shape: Shape) -> None:
        kernel, bias, first, second = self.of
        sizes = tuple(known(self, n) for n in input_shape[-self.summed :])
        self.kernel = self.add_weight((*sizes, *self.shape), kernel, first, name="kernel")
        if self.use_bias:
            self.bias = self.add_weight(self.shape, bias, second, name="bias")

    def call(self, x: Any) -> Any:
        if x.shape[-self.summed :] != self.kernel.shape[: self.summed]:
            sizes = self.kernel.shape[: self.summed]
            raise ValueError(f"The projection {self.name} was built for inputs (batch, ..., {sizes[-1]}), but got {x.shape}.")
        rows = ad.reshape(x, (-1, math.prod(self.kernel.shape[: self.summed])))
        y = rows @ ad.reshape(self.kernel, (rows.shape[1], -1))
        y = ad.reshape(y, (*x.shape[: -self.summed], *self.shape))
        return y + self.bias if self.use_bias else y


class MultiHeadAttention(ArrayLayer):
    """Each step of the query looks at all steps of the value, and returns a mean of them (Vaswani et al., 2017).

    For each head: softmax(q k^T / sqrt(key_dim)) v, where q, k and v are the query, key and value (..., steps, features) times
    a kernel of the head; the results of all heads times one more kernel have the size of the query, or `output_shape`.
    key: by default the value. attention_axes: the axes of the steps; by default all but the first and the last.
    The call takes attention_mask= of shape (batch, query steps, value steps), True where the query may look (a second axis may
    tell heads apart); use_causal_mask=True, each step looks at itself and those before it; return_attention_scores=True returns
    (output, the softmax of each head). The masks of query, value and key count too. A step that may look nowhere gets zeros
    from each head. (In Keras too, with dropout or scores; without them it gets the mean of all values.)

    >>> import numpy as np
    >>> x = np.ones((1, 4, 6))
    >>> y, scores = MultiHeadAttention(2, 3)(x, x, use_causal_mask=True, return_attention_scores=True)
    >>> y.shape, scores[0, 0, 1].tolist()
    ((1, 4, 6), [0.5, 0.5, 0.0, 0.0])
    """

    supports_masking = True

    def __init__(self, num_heads: int, key_dim: int, value_dim: int | None = None, dropout: float = 0.0, use_bias: bool = True,
                 output_shape: int | Sequence[int] | None = None, attention_axes: Axis | None = None,
                 kernel_initializer: str | Function = "glorot_uniform", bias_initializer: str | Function = "zeros",
                 kernel_regularizer: str | Function | None = None, bias_regularizer: str | Function | None = None,
                 seed: int | None = None, **options: Any) -> None:  # fmt: skip
        super().__init__(**options)
        self.num_heads, self.key_dim = count("num_heads", num_heads), count("key_dim", key_dim)
        self.value_dim = self.key_dim if value_dim is None else count("value_dim", value_dim)
        self.of_scores, self.use_bias = Dropout(dropout, seed=seed), flag("use_bias", use_bias)
        self.dropout, self.seed = self.of_scores.rate, seed
        self.sizes = None if output_shape is None else arguments.shape("output_shape", output_shape, unknown=False)
        axes = None if attention_axes is None else arguments.axes("attention_axes", attention_axes)
        self.attention_axes = (axes,) if isinstance(axes, int) else axes
        self.kernel_initializer, self.bias_initializer = map(initializers.get, (kernel_initializer, bias_initializer))
        self.kernel_regularizer, self.bias_regularizer = map(regularizers.get, (kernel_regularizer, bias_regularizer))

    def __call__(self, query: Any, value: Any, key: Any = None, **options: Any) -> Any:
        return super().__call__(query, value, value if key is None else key, **options)

    def build(self, query_shape: Shape, value_shape: Shape, key_shape: Shape | None = None) -> None:
        key_shape = value_shape if key_shape is None else key_shape
        shapes = {what: arguments.shape(f"{what}_shape", shape) for what, shape in
                  (("query", query_shape), ("key", key_shape), ("value", value_shape))}  # fmt: skip
        self.rank = len(shapes["query"])
        self.check(*shapes.values())
        project = functools.partial(Projection, use_bias=self.use_bias, of=self)
        for what, shape in shapes.items():
            size = self.value_dim if what == "value" else self.key_dim
            setattr(self, f"{what}_dense", projection := project((self.num_heads, size), 1, name=what))
            projection.build(shape)
        self.output_dense = project(self.sizes or shapes["query"][-1:], 2, name="attention_output")
        self.output_dense.build((self.num_heads, self.value_dim))

    def check(self, query: Shape, key: Shape, value: Shape) -> None:
        """Raise ValueError unless the shapes fit each other, and what the layer was built for."""
        if {len(query), len(key), len(value)} != {self.rank} or self.rank < 3 or value[:-1] != key[:-1]:
            raise ValueError(
                f"{self.name} takes a query (batch, steps, features), and a value and a key of the same steps"
                f"{f', with {self.rank} axes each' if self.rank > 2 else ''}, but got query {query}, key {key}, value {value}."
            )

    def call(self, query: Any, value: Any, key: Any, query_mask: Any = None, value_mask: Any = None, key_mask: Any = None,
             attention_mask: Any = None, return_attention_scores: bool = False, training: bool = False,
             use_causal_mask: bool = False) -> Any:  # fmt: skip
        self.check(query.shape, key.shape, value.shape)
        q, k, v = self.query_dense(query), self.key_dense(key), self.value_dense(value)
        axes = self.attention_axes or tuple(range(1, query.ndim - 1))
        batch, steps, back = arranged([axis % query.ndim for axis in axes], query.ndim - 1)
        q, k, v = (ad.transpose(x, (*batch, query.ndim - 1, *steps, query.ndim)) for x in (q, k, v))
        outer, inner = q.shape[-1 - len(steps) : -1], k.shape[-1 - len(steps) : -1]
        q, k, v = (ad.reshape(x, (*x.shape[: len(batch) + 1], -1, x.shape[-1])) for x in (q, k, v))
        scores = (q * (1.0 / math.sqrt(self.key_dim))) @ ad.swapaxes(k, -1, -2)
        there = self.allowed(query_mask, value_mask, key_mask, attention_mask, use_causal_mask,
                             (math.prod(outer), math.prod(inner)))  # fmt: skip
        if there is not None:
            there = ad.reshape(there, (there.shape[0], *[1] * (scores.ndim - 4), *there.shape[1:]))
        scores = masked_softmax(scores, there, -1)
        z = self.of_scores.call(scores, training) @ v
        z = ad.reshape(z, (*z.shape[: len(batch) + 1], *outer, self.value_dim))
        y = self.output_dense(ad.transpose(z, back))
        if not flag("return_attention_scores", return_attention_scores):
            return y
        return y, ad.reshape(scores, (*scores.shape[:-2], *outer, *inner))

    def allowed(self, query: Any, value: Any, key: Any, given: Any, causal: bool, steps: tuple[int, int]) -> Any:
        """Where each step of the query may look, (batch or 1, heads or 1, query steps, value steps), or None for everywhere."""
        parts = []
        for mask, shape in ((query, (-1, 1, steps[0], 1)), (value, (-1, 1, 1, steps[1])), (key, (-1, 1, 1, steps[1]))):
            if mask is not None:
                parts.append(ad.reshape(aligned(mask, np.ndim(mask)).astype(bool), shape))
        if flag("use_causal_mask", causal):
            parts.append(ad.convert_to_tensor(np.tri(*steps, dtype=bool)[None, None]))
        if given is not None:
            if np.ndim(given) < 2:
                raise wrong("attention_mask", f"an array (batch, {steps[0]}, {steps[1]})", given)
            given = ad.convert_to_tensor(given).astype(bool)
            of_heads = given.ndim == 4 and given.shape[2:] == steps
            parts.append(given if of_heads else ad.reshape(given, (-1 if given.ndim > 2 else 1, 1, *steps)))
        if not parts:
            return None
        there = functools.reduce(np.logical_and, parts)
        return ad.broadcast_to(there, (*there.shape[:2], *steps))


def arranged(axes: list[int], rank: int) -> tuple[list[int], list[int], tuple[int, ...]]:
    """(the axes of a projection (batch, ..., heads, size) that stay apart, those of the steps, the order that undoes it)."""
    batch = [axis for axis in range(rank) if axis not in axes]
    order = [*batch, rank, *axes, rank + 1]
    return batch, axes, tuple(np.argsort(order).tolist())


class PositionEmbedding(ArrayLayer):
    """A learned vector for each position, of shape (steps, features), to be added to sequences (batch, steps, features).

    sequence_length: how many steps there may be. x + PositionEmbedding(8)(x) is what the next layer takes.

    >>> import numpy as np
    >>> PositionEmbedding(8)(np.ones((2, 5, 4))).shape
    (2, 5, 4)
    """

    supports_masking = True

    def __init__(self, sequence_length: int, initializer: str | Function = "glorot_uniform", **options: Any) -> None:
        super().__init__(**options)
        self.sequence_length, self.initializer = count("sequence_length", sequence_length), initializers.get(initializer)

    def build(self, input_shape: Shape) -> None:
        input_shape = arguments.shape("input_shape", input_shape)
        self.check(input_shape)
        shape = (self.sequence_length, known(self, input_shape[-1]))
        self.position_embeddings = self.add_weight(shape, self.initializer, name="position_embedding")

    def call(self, x: Any) -> Any:
        self.check(x.shape)
        return ad.broadcast_to(self.position_embeddings[: x.shape[-2]], x.shape)

    def check(self, shape: Shape) -> None:
        """Raise ValueError unless this is the shape of sequences that are short enough."""
        if len(shape) < 3 or (shape[-2] or 0) > self.sequence_length:
            most = self.sequence_length
            raise ValueError(f"{self.name} takes (batch, steps, features) with up to {most} steps, but got shape {shape}.")


class SinePositionEncoding(ArrayLayer):
    """Sines and cosines of each position, to be added to sequences (batch, steps, features) (Vaswani et al., 2017).

    Feature 2k of position p is sin(p / max_wavelength^(2k / features)), and feature 2k + 1 is the cosine of it.

    >>> import numpy as np
    >>> SinePositionEncoding()(np.ones((1, 2, 2)))[0].tolist()[0]
    [0.0, 1.0]
    """

    supports_masking = True

    def __init__(self, max_wavelength: float = 10000.0, **options: Any) -> None:
        super().__init__(**options)
        self.max_wavelength = positive("max_wavelength", max_wavelength)

    def call(self, x: Any) -> Any:
        if x.ndim < 3:
            raise ValueError(f"{self.name} takes sequences (batch, steps, features), but got shape {x.shape}.")
        steps, features = x.shape[-2:]
        k = np.arange(features)
        angles = np.arange(steps)[:, None] * self.max_wavelength ** (-(k // 2 * 2) / features)
        rows = np.where(k % 2, np.cos(angles), np.sin(angles)).astype(self.dtype)
        return ad.named(ad.broadcast_to(near(x, rows), x.shape), "positions")
