# tensorflow#24849: a layer that the loss does not use.
import autodiff as ad

used, unused = ad.Variable(2.0, name="used"), ad.Variable(1.0, name="unused")
with ad.Tape() as tape:
    loss = used * used
    spare = unused * 2.0
print(tape.gradient(loss, [used, unused]))
print(tape.explain(loss, unused))
