"""Loss: one number for a batch."""

from __future__ import annotations

from typing import Any

import numpy as np

import autodiff as ad
from nn import arguments, lookup
from nn.arguments import flag, fraction, number
from nn.data import weights_for
from nn.masks import MASKS, aligned, mask_of
from nn.processes import sharing
from nn.typing import ArrayLike, Function

OPTIONS: dict[str, Function] = {
    "label_smoothing": fraction, "delta": number, "from_logits": flag, "axis": arguments.axes, "gamma": arguments.at_least_0,
    "apply_class_balancing": flag,
}  # fmt: skip


class Loss:
    """A function (y_true, y_pred, sample_weight=None) that reduces the losses of the examples to one number.

    reduction: "sum_over_batch_size" or "mean" is the sum divided by the number of examples, whatever their weights; "sum";
    "mean_with_sample_weight" is the sum divided by that of the weights; "none" or None returns all losses. Subclasses return
    the losses of the examples from `call(y_true, y_pred)`.
    """

    from_logits = False

    def __init__(self, reduction: str | None = "sum_over_batch_size", name: str | None = None) -> None:
        kinds = ("sum_over_batch_size", "mean", "sum", "mean_with_sample_weight", "none")
        self.reduction = lookup.one_of("reduction", "none" if reduction is None else reduction, kinds)
        self.name = lookup.name_of(self, name)

    def call(self, y_true: Any, y_pred: Any) -> Any:
        raise NotImplementedError(f"{type(self).__name__} does not say what a prediction costs: define call(y_true, y_pred).")

    def counted(self, y_true: Any, losses: Any) -> Any:
        """Which of the losses count, as an array of booleans of their shape; None says that all do."""
        return None

    def __call__(self, y_true: ArrayLike, y_pred: ArrayLike, sample_weight: ArrayLike | None = None) -> Any:
        losses, mask = self.call(y_true, y_pred), mask_of(y_pred) if MASKS else None
        if not hasattr(losses, "dtype"):
            losses = ad.convert_to_tensor(losses)
        counted = self.counted(y_true, losses)
        if mask is not None:
            there = aligned(mask, losses.ndim).astype(bool)
            counted = there if counted is None else np.logical_and(counted, there)
        w: Any = np.ones((), losses.dtype)
        if sample_weight is not None:
            w = ad.named(weights_for(losses.shape, sample_weight).astype(losses.dtype), "{sample_weight}")
        if counted is not None:
            w = w * counted.astype(losses.dtype)
            w = w if sample_weight is None else ad.named(w, "…({sample_weight})")
        if sample_weight is not None or counted is not None:
            losses = losses * w
        if self.reduction == "none":
            return losses
        if self.reduction == "sum":
            return sharing.get().summed(ad.sum(losses))
        if losses.size == 0:
            raise ValueError("The mean loss of no examples is undefined: y_pred is empty.")
        if self.reduction == "mean_with_sample_weight" or counted is not None:
            among = w if self.reduction == "mean_with_sample_weight" else counted
            total = sharing.get().total(ad.sum(ad.broadcast_to(among, losses.shape).astype(losses.dtype)))
            return ad.sum(losses) / (total + (total == 0)).astype(losses.dtype)
        return ad.mean(losses)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(f'{key}={value!r}' for key, value in self.get_config().items())})"

    def get_config(self) -> dict[str, Any]:
        """The options that the loss was made with."""
        return {"reduction": self.reduction, "name": self.name}


class LossFunction(Loss):
    """A loss made of a function (y_true, y_pred, **options) that returns the losses of the examples, or their mean.

    options: those of the function, by its own names.
    """

    def __init__(self, function: Function, reduction: str | None = "sum_over_batch_size", name: str | None = None,
                 **options: Any) -> None:  # fmt: skip
        self.function = arguments.function("function", function)
        known_as = getattr(function, "__name__", type(function).__name__)
        super().__init__(reduction, lookup.snake(known_as) if name is None else name)
        if refusal := arguments.refusal(function, None, None, **options):
            raise TypeError(f"{known_as} does not take (y_true, y_pred) and these options: {refusal}")
        self.options = {key: OPTIONS[key](key, value) if key in OPTIONS else value for key, value in options.items()}
        self.from_logits = bool({**getattr(function, "keywords", {}), **self.options}.get("from_logits", False))

    def get_config(self) -> dict[str, Any]:
        return {**self.options, **super().get_config()}

    def call(self, y_true: Any, y_pred: Any) -> Any:
        return self.function(y_true, y_pred, **self.options)


class PlainLoss(LossFunction):
    """A loss made of the `cost` of its class, a function (y_true, y_pred) without options."""

    cost: Any = None  # subclasses set it

    def __init__(self, reduction: str | None = "sum_over_batch_size", name: str | None = None) -> None:
        super().__init__(type(self).cost, reduction, name)
