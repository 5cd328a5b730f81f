"""A scalar engine in the plainest Python, with micrograd's and microgpt's names: what nn.micrograd must agree with, and what it
is timed beside."""

import math


class Value:
    __slots__ = ("children", "data", "grad", "slopes")

    def __init__(self, data, children=(), slopes=()):
        self.data, self.grad = data, 0
        self.children, self.slopes = children, slopes

    def __add__(self, other):
        other = boxed(other)
        return Value(self.data + other.data, (self, other), (1, 1))

    def __mul__(self, other):
        other = boxed(other)
        return Value(self.data * other.data, (self, other), (other.data, self.data))

    def __pow__(self, k):
        return Value(self.data**k, (self,), (k * self.data ** (k - 1),))

    def relu(self):
        return Value(max(0, self.data), (self,), (1.0 if self.data > 0 else 0.0,))

    def exp(self):
        return Value(math.exp(self.data), (self,), (math.exp(self.data),))

    def log(self):
        return Value(math.log(self.data), (self,), (1 / self.data,))

    def tanh(self):
        t = math.tanh(self.data)
        return Value(t, (self,), (1 - t * t,))

    def __neg__(self):
        return self * -1

    def __sub__(self, other):
        return self + -boxed(other)

    def __rsub__(self, other):
        return boxed(other) + -self

    def __truediv__(self, other):
        return self * boxed(other) ** -1

    def __rtruediv__(self, other):
        return boxed(other) * self**-1

    __radd__, __rmul__ = __add__, __mul__

    def backward(self):
        seen, order = set(), []

        def visit(value):
            if value not in seen:
                seen.add(value)
                for child in value.children:
                    visit(child)
                order.append(value)

        visit(self)
        self.grad = 1
        for value in reversed(order):
            for child, slope in zip(value.children, value.slopes):
                child.grad += slope * value.grad


def boxed(x):
    return x if isinstance(x, Value) else Value(x)
