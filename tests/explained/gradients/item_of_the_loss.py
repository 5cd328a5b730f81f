# karpathy/micrograd: the same, and it is said that the number is meant.
import autodiff as ad

w = ad.Value(2.0)
history = []
with ad.Tape() as tape:
    loss = (w - 1.0) ** 2
    history.append(loss.item())
print(tape.gradient(loss, w), history)
