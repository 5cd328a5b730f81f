# tensorflow's stop_recording, around too much.
import autodiff as ad

w = ad.Variable(2.0)
with ad.Tape() as tape:
    with tape.stop_recording():
        hidden = w * 3.0
    loss = hidden * hidden
print(tape.gradient(loss, w))
print(tape.explain(loss, w))
