"""Numbers that Python keeps as attributes, and a program reads and writes at each call: a learning rate, a count of steps."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from autodiff.boxes.variable import Variable
from autodiff.core.box import raw_of
from autodiff.core.dispatch import apply
from autodiff.core.op import Op
from autodiff.functions.inside import open_trace
from autodiff.functions.program import Instruction, Program, Raw, Symbol, layout_of
from autodiff.scalar.value import Value, result

NUMBER = Op("number", float, float, 1, differentiable=False)  # of an array of one element
ARRAY = Op("array", np.float64, np.float64, 1, differentiable=False)  # of a number


class Attribute(NamedTuple):
    """Called without a number it reads an attribute, with one it writes it."""

    owner: Raw
    name: str

    def __call__(self, *new: float) -> float:
        now = getattr(self.owner, self.name)
        if new:
            setattr(self.owner, self.name, type(now)(new[0]))
        return float(new[0] if new else now)

    def is_number(self) -> bool:
        """Whether it can be read and written now."""
        return isinstance(getattr(self.owner, self.name, None), (int, float))


def attribute(owner: Raw, name: str) -> Raw:
    """`getattr(owner, name)` of a number, for a function that may be traced: its program reads the attribute at each call.

    Parameters
    ----------
    owner : object
    name : str
        Of an attribute that is an int or a float.

    Returns
    -------
    int or float; inside a trace a Value

    Examples
    --------
    >>> import autodiff as ad
    >>> class Counter:
    ...     count = 0
    >>> counter = Counter()
    >>> @ad.function
    ... def step(x):
    ...     ad.set_attribute(counter, "count", ad.attribute(counter, "count") + 1)
    ...     return x / ad.attribute(counter, "count")
    >>> step(6.0), step(6.0), step(6.0), counter.count
    (Value(6.0), Value(3.0), Value(2.0), 3)
    """
    if open_trace() is None:
        return getattr(owner, name)
    reads = Attribute(owner, name)
    return apply(Op("py_function", reads, reads, 0), result(0.0), (), {})


def set_attribute(owner: Raw, name: str, value: Raw) -> None:
    """`setattr(owner, name, value)` of a number, for a function that may be traced: its program writes the attribute at each
    call.

    Parameters
    ----------
    owner : object
    name : str
    value : int, float or Value
        A Value of a trace is written as a number of the kind that the attribute has.
    """
    if open_trace() is None or not isinstance(value, Value):
        setattr(owner, name, raw_of(value))
        return
    writes = Attribute(owner, name)
    apply(Op("py_function", writes, writes, 1, differentiable=False), value, (value,), {})


def with_variables(program: Program) -> Program:
    """The same program for a file: its attributes are Variables of one number."""
    found, variables, instructions = Program(program.name), {}, []
    found.inputs, found.outputs, found.structure = program.inputs, program.outputs, program.structure
    found.effects = list(program.effects)
    for i in program.instructions:
        attribute = i.op.function
        if not isinstance(attribute, Attribute):
            instructions.append(i)
            continue
        if attribute not in variables:
            start = np.array(float(getattr(attribute.owner, attribute.name)))
            variables[attribute] = _variable(attribute.name.strip("_"), start)
        variable = variables[attribute]
        if i.inputs:
            array = Symbol("result", variable.layout)
            instructions.append(Instruction(ARRAY, i.inputs, {}, [array]))
            found.effects.append((variable, array))
        else:
            instructions.append(Instruction(NUMBER, [variable], {}, i.outputs))
    found.variables, found.instructions = [*program.variables, *variables.values()], instructions
    return found


def _variable(name: str, start: Raw) -> Symbol:
    return Symbol("variable", layout_of(start), Variable(start, trainable=False, name=name), name)
