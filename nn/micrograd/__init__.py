"""micrograd's modules under their names: a program of micrograd's or microgpt's runs when its import is changed.

`from nn.micrograd.engine import Value` and `from nn.micrograd.nn import MLP` stand for micrograd's own lines.
"""
