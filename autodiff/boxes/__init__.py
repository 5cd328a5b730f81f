"""Boxes that hold arrays: Tensor does not change, Variable can be assigned anew. (Value, one float, is in `scalar`.)"""

from autodiff.boxes.array import ArrayBox

setattr(ArrayBox, "__index__", ArrayBox.__index__)  # noqa: B010 - mypyc gives a class no slot for it; to assign it makes one
