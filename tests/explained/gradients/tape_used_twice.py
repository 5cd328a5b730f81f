# tensorflow#31265: a second gradient of a tape that gives one.
import autodiff as ad

w, b = ad.Variable(2.0), ad.Variable(1.0)
with ad.Tape() as tape:
    loss = w * w + b
tape.gradient(loss, w)
tape.gradient(loss, b)
