# tensorflow's guide: a state is assigned, and assignment has no gradient.
import autodiff as ad

state, x = ad.Variable(1.0), ad.Variable(3.0)
with ad.Tape() as tape:
    state.assign_add(x)
    loss = state * state
print(tape.gradient(loss, x))
print(tape.explain(loss, x))
