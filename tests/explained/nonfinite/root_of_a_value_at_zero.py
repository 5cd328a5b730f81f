# The square root of a number at 0: the value is right, the slope is infinite.
import autodiff as ad

x = ad.Value(0.0, name="x")

with ad.Tape(debug=True) as tape:
    y = 3.0 * x**0.5
print(tape.gradient(y, x))
