"""Boxes that hold arrays: Tensor does not change, Variable can be assigned anew. (Value, one float, is in `scalar`.)"""
