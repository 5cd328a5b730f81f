# tensorflow's guide: stop_gradient left over from an experiment.
import autodiff as ad

w, b = ad.Variable(2.0), ad.Variable(1.0)
with ad.Tape() as tape:
    features = w * 3.0
    loss = ad.stop_gradient(features) * b
print(tape.gradient(loss, w))
print(tape.explain(loss, w))
