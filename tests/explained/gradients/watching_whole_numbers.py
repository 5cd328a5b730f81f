# tinygrad#9723: an integer tensor is watched.
import autodiff as ad

x = ad.constant(3)
with ad.Tape() as tape:
    tape.watch(x)
