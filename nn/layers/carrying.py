"""How a call takes the masks of its inputs, and gives its output one."""

from __future__ import annotations

import warnings
from typing import Any

from autodiff import nest
from nn.masks import MASKS, give_mask, mask_of
from nn.symbols import Symbol


def carried(layer: Any, inputs: tuple[Any, ...], options: dict[str, Any]) -> Any:
    """What a layer computes, with the masks of its inputs for those arguments that take them, and the mask of its output."""
    found = [mask_of(x) for x in inputs]
    for name, mask in zip(layer._mask_names, found):
        if mask is not None and name in layer._options and options.get(name) is None:
            options[name] = mask
    y = layer._compute(inputs, options)
    outputs = nest.flatten(y)
    if not inputs or all(isinstance(x, Symbol) or id(x) in MASKS for x in outputs):
        return y
    before = found[0]  # one that is given by mask= goes no further than this call, as in Keras
    if layer.supports_masking:
        masks = nest.flatten(layer.compute_mask(inputs[0], before))
        for x, mask in zip(outputs, masks):
            if mask is not None and id(x) not in MASKS:
                give_mask(x, mask)
    elif layer.supports_masking is not None and any(mask is not None for mask in nest.flatten(before)):
        warnings.warn(
            f"{layer.name} drops the mask of its input: the layers behind it take all steps as they are. If its output has the "
            "same steps, set supports_masking = True; compute_mask(self, x, mask) returns another mask.", stacklevel=3,
        )  # fmt: skip
    return y
