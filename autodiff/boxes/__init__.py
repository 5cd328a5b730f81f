"""Boxes: data with manners. Value holds one float, Tensor an array, Variable an array that can be assigned anew."""
