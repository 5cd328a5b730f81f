"""Numbers: Value, its node, and the fast walk over graphs of Values alone.

A Value takes a shorter way than an array, because a recorded operation on two floats should cost little more than the
operation. So this package is written for mypyc, and has its oddities to itself:

- a Value is its own entry in the graph (nobody outside may rely on that): it carries its one or two local derivatives;
- `UNSET` makes a Value whose number is filled in afterwards, as a native class takes a float only as a Python object;
- `i32` fields are C integers, -1 for none; uncompiled they are plain ints;
- the operators `+ - *`, unary `-` and `relu` write their derivatives out, the others go through the registry. A test holds
  the two equal.
"""
