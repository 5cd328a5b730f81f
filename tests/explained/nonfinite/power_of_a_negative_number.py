# karpathy/micrograd#88: a power whose base turns negative.
import autodiff as ad

x = ad.Value(-2.0, name="x")

with ad.debug(), ad.Tape() as tape:
    y = x**0.5 + 3.0
print(tape.gradient(y, x))
