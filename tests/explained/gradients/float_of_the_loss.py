# karpathy/micrograd: the loss is logged inside the block.
import autodiff as ad

w = ad.Value(2.0)
history = []
with ad.Tape() as tape:
    loss = (w - 1.0) ** 2
    history.append(float(loss))
print(tape.gradient(loss, w))
