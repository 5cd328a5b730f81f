# tensorflow's guide, "Replaced a variable with a tensor": the update makes another object of w.
import autodiff as ad

w = ad.Variable(2.0)
with ad.Tape() as tape:
    loss = w * w
w = w - 0.1
print(tape.gradient(loss, w))
print(tape.explain(loss, w))
