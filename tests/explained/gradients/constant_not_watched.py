# tensorflow#56968: a constant is not watched unless the tape is asked to.
import autodiff as ad

x = ad.constant(3.0)
with ad.Tape() as tape:
    y = x * x
print(tape.gradient(y, x))
print(tape.explain(y, x))
