# tensorflow#26808: unconnected gradients should not go unnoticed.
import autodiff as ad

w, b = ad.Variable(2.0, name="w"), ad.Variable(1.0, name="b")
with ad.Tape() as tape:
    loss = w * w
tape.gradient(loss, [w, b], unconnected_gradients="raise")
