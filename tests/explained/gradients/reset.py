# tensorflow's reset(): what was computed before it is forgotten.
import autodiff as ad

w = ad.Variable(2.0)
with ad.Tape() as tape:
    penalty = w * w
    tape.reset()
    loss = penalty * 0.1
print(tape.gradient(loss, w))
print(tape.explain(loss, w))
