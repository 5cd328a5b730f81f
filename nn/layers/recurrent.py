"""Recurrent layers: a cell applied to one step of sequences after the other."""

from __future__ import annotations

import functools
import inspect
from typing import Any

import numpy as np

import autodiff as ad
from autodiff import nest
from nn import arguments, reprs
from nn.arguments import flag, wrong
from nn.layers.base import ArrayLayer, Layer
from nn.layers.cells import Cell, GRUCell, LSTMCell, SimpleRNNCell, StackedRNNCells
from nn.masks import aligned
from nn.typing import Function, Shape


class RNN(ArrayLayer):
    """A cell applied to sequences (batch, steps, features), step by step. Returns the last output, of shape (batch, units).

    cell: a SimpleRNNCell, GRUCell or LSTMCell, a list of cells, or a layer of your own: `cell(x, states)` returns (output, new
    states), and `cell.state_size` says how many numbers each state has. return_sequences: return the outputs of all steps,
    (batch, steps, units). return_state: return (output, *states). go_backwards: begin with the last step.
    The call takes initial_state=, by default zeros, and mask= of shape (batch, steps): where it is False, output and states
    stay as they are (zero_output_for_mask: the output is 0). Nothing is kept from call to call: stateful=True is refused.

    >>> import numpy as np
    >>> RNN([LSTMCell(3), GRUCell(2)], return_sequences=True)(np.ones((1, 5, 4))).shape
    (1, 5, 2)
    """

    def __init__(self, cell: Any, return_sequences: bool = False, return_state: bool = False, go_backwards: bool = False,
                 stateful: bool = False, unroll: bool = False, zero_output_for_mask: bool = False,
                 **options: Any) -> None:  # fmt: skip
        super().__init__(**options)
        self.cell = StackedRNNCells(cell) if isinstance(cell, (list, tuple)) else cell
        if (not callable(cell) and self.cell is cell) or not hasattr(self.cell, "state_size"):
            raise wrong("cell", "a layer with a state_size, or a list of them", cell)
        if flag("stateful", stateful):
            raise ValueError("stateful=True is not here: return_state=True returns the states; give them as initial_state.")
        self.return_sequences = flag("return_sequences", return_sequences)
        self.return_state = flag("return_state", return_state)
        self.go_backwards = flag("go_backwards", go_backwards)
        self.zero_output_for_mask = flag("zero_output_for_mask", zero_output_for_mask)
        self.stateful, self.unroll = False, flag("unroll", unroll)  # which changes nothing: there is no graph to unroll

    def __getattr__(self, name: str) -> Any:
        cell = vars(self).get("cell")
        if name[0] != "_" and cell is not None and not hasattr(type(self), name) and hasattr(cell, name):
            return getattr(cell, name)  # units, kernel and so on
        return super().__getattr__(name)

    def build(self, input_shape: Shape) -> None:
        input_shape = self.checked(arguments.shape("input_shape", input_shape))
        if isinstance(self.cell, Layer) and not self.cell.built:
            self.cell.build((input_shape[0], *input_shape[2:]))

    def checked(self, shape: Shape) -> Shape:
        if len(shape) < 3:
            raise ValueError(f"{self.name} takes sequences (batch, steps, features), but got shape {shape}.")
        return shape

    def compute_mask(self, x: Any, mask: Any = None) -> Any:
        mask = mask if self.return_sequences else None
        return [mask] if self.return_state else mask  # the states have none

    def call(self, x: Any, initial_state: Any = None, mask: Any = None, training: bool = False) -> Any:
        batch, steps = self.checked(x.shape)[:2]
        if not steps:
            raise ValueError(f"{self.name} needs at least one step, but its input has shape {x.shape}.")
        states = self.first_states(batch) if initial_state is None else self.given_states(initial_state, batch)
        there = None if mask is None else self.steps_there(mask, (batch, steps))
        if self.go_backwards:
            x, there = x[:, ::-1], None if there is None else there[:, ::-1]
        outputs, last, states = self.run(x, states, there, training)
        y = outputs() if self.return_sequences else last
        return (y, *states) if self.return_state else y

    def run(self, x: Any, states: Any, there: Any, training: bool) -> tuple[Any, Any, Any]:
        """(a function that returns all outputs, the last one, the last states)."""
        cells = self.cell.cells if isinstance(self.cell, StackedRNNCells) else []
        if not cells or not all(isinstance(cell, Cell) for cell in cells):
            return self.run_cell(self.cell, x, states, there, training, self.zero_output_for_mask)
        found = []
        for cell, own in zip(cells, states):  # one cell after the other through all steps: the numbers are the same
            single = not isinstance(own, (list, tuple))
            zeros = self.zero_output_for_mask and cell is cells[-1]
            outputs, last, after = self.run_cell(cell, x, [own] if single else own, there, training, zeros)
            found.append(after[0] if single else after)
            if cell is not cells[-1]:
                x = outputs()
        return outputs, last, found

    def run_cell(self, cell: Any, x: Any, states: Any, there: Any, training: bool, zeros: bool) -> tuple[Any, Any, Any]:
        x = ad.swapaxes(cell.of_inputs.call(x, training) if isinstance(cell, Cell) else x, 0, 1)
        there = None if there is None else ad.swapaxes(there, 0, 1)
        drawn = cell.recurrent_mask(x.shape[1], training) if isinstance(cell, Cell) else None
        found = cell.steps(x, states, there) if isinstance(cell, Cell) and drawn is None else None
        every, states = self.step_by_step(cell, x, states, there, drawn) if found is None else found
        if there is not None:  # the output is 0 before the first step that is there
            every = chosen(there if zeros else np.logical_or.accumulate(there, axis=0), every, 0.0)
        return lambda: ad.swapaxes(every, 0, 1), every[-1], states

    def step_by_step(self, cell: Any, x: Any, states: Any, there: Any, drawn: Any) -> tuple[Any, Any]:
        """The outputs of all steps and the last states, by a call of the cell for each."""
        step: Function = cell
        if isinstance(cell, Cell):
            x, step = cell.projected(x), functools.partial(cell.step, mask=drawn)
        every = list[Any]()
        for t in range(len(x)):
            y, after = step(x[t], states)
            after = after if isinstance(after, (list, tuple)) else [after]
            if there is not None:
                y = chosen(there[t], y, every[-1] if every else y)
                after = nest.map_structure(functools.partial(chosen, there[t]), after, states)
            states = after
            every.append(y)
        return ad.stack(every), states

    def first_states(self, batch: int) -> Any:
        """The states before the first step: zeros, unless the cell says otherwise."""
        if hasattr(self.cell, "get_initial_state"):
            states = self.cell.get_initial_state(batch_size=batch)
        else:
            sizes = self.cell.state_size
            sizes = [sizes] if arguments.index(sizes) is not None else list(sizes)
            states = nest.map_structure(lambda n: ad.Tensor(np.zeros((batch, n), self.dtype), "initial state"), sizes)
        return list(states) if isinstance(states, (list, tuple)) else [states]

    def given_states(self, given: Any, batch: int) -> Any:
        """initial_state, as a list of arrays. Raises ValueError if it is of another form."""
        given = list(given) if isinstance(given, (list, tuple)) else [given]
        wanted = self.first_states(batch)
        found = [self.cast(state) for state in nest.flatten(given)]
        if [x.shape for x in found] != [x.shape for x in nest.flatten(wanted)]:
            shapes = ", ".join(str(x.shape) for x in nest.flatten(wanted))
            raise ValueError(f"The states of {self.name} have shapes {shapes}, but initial_state has "
                             f"{', '.join(str(x.shape) for x in found)}.")  # fmt: skip
        return nest.pack_sequence_as(wanted, found)

    def steps_there(self, mask: Any, shape: Shape) -> Any:
        """The mask as booleans, one for each step."""
        mask = aligned(mask, 2)
        if mask.shape != shape:
            raise ValueError(f"The mask of {self.name} has one number for each step, {shape}, but has shape {mask.shape}.")
        return mask.astype(bool)


def chosen(there: Any, new: Any, old: Any) -> Any:
    """The new numbers of those examples whose step is there, else the old ones."""
    return ad.where(aligned(there, new.ndim), new, old)


ALSO = {"name", "trainable", "input_shape", "activity_regularizer"}  # options of the layer that its cell has too


class Recurrent(RNN):
    """A RNN that makes its cell. Options of the cell and of RNN have their names."""

    kind: type[Cell]

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)

        def __init__(self: Recurrent, *positional: Any, **options: Any) -> None:
            own = {name: options.pop(name) for name in of_cell.keys() & options.keys() - ALSO}
            RNN.__init__(self, cls.kind(*positional, **own), **options, **({"dtype": own["dtype"]} if "dtype" in own else {}))

        of_cell = parameters_of(*cls.kind.__mro__[:-1])
        every = of_cell | {name: p for name, p in parameters_of(object, RNN).items() if name not in ("self", "cell")}
        __init__.__signature__ = inspect.Signature(sorted(every.values(), key=lambda p: p.kind))  # type: ignore[attr-defined]
        cls.__init__ = __init__  # type: ignore[method-assign,assignment]

    def _shown(self) -> list[str]:
        return [*reprs.arguments(self.cell), *reprs.arguments(self)]


def parameters_of(first: Any, *others: Any) -> dict[str, inspect.Parameter]:
    """What the __init__ of classes takes; of all but the first one by name only."""
    found = dict(inspect.signature(first.__init__).parameters)
    for kind in others:
        for name, p in inspect.signature(kind.__init__).parameters.items():
            found.setdefault(name, p.replace(kind=p.KEYWORD_ONLY))
    return {name: p for name, p in found.items() if name not in ("args", "kwargs", "options", "others")}


class SimpleRNN(Recurrent):
    """A SimpleRNNCell on sequences: h' = activation(x K + b + h R). Options: those of the cell and of RNN.

    >>> import numpy as np
    >>> SimpleRNN(3)(np.ones((2, 5, 4))).shape
    (2, 3)
    """

    known_as = "simple_rnn"
    kind = SimpleRNNCell


class LSTM(Recurrent):
    """A LSTMCell on sequences: long short-term memory. Options: those of the cell and of RNN. The states are h and c.

    >>> import numpy as np
    >>> y, h, c = LSTM(3, return_sequences=True, return_state=True)(np.ones((2, 5, 4)))
    >>> y.shape, c.shape, bool((y[:, -1] == h).all())
    ((2, 5, 3), (2, 3), True)
    """

    kind = LSTMCell


class GRU(Recurrent):
    """A GRUCell on sequences: gated recurrent units. Options: those of the cell and of RNN.

    >>> import numpy as np
    >>> GRU(3, return_sequences=True)(np.ones((2, 5, 4))).shape
    (2, 5, 3)
    """

    kind = GRUCell
