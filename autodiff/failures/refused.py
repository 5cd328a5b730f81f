"""Why a function of numpy has no rule, and what to write instead: what its error says, and its row in the guide.

A function that a new release of numpy brings gets a rule, or a line here.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Refusal:
    """Why a function has no derivative here, and the way out."""

    why: str
    way: str

    def __str__(self) -> str:
        return f"{self.why} {self.way}"


WRITES_FILES = Refusal("It writes to a file.", "Save plain numbers, t.numpy().")
READS = Refusal("It makes an array of a file, of text or of bytes.", "Call it without `like=`, and make a Variable of that.")
TEXT = Refusal("It makes text of a number.", "Pass the plain number, t.item().")
DATES = Refusal("It is for dates, which have no derivative.", "Keep dates in plain arrays.")
MATRICES = Refusal("It makes a matrix of a kind of its own, whose * is another product.", "Use t itself, np.block and @.")
ARRAY_ALREADY = Refusal("It makes a plain array.", "Use t itself: it is an array already; ad.array(parts) makes one of a list.")
JOINER = Refusal("It makes a plain array of what stands in the brackets.", "Use np.concatenate([...]) or np.stack([...]).")

GROUPS: dict[Refusal, str] = {
    WRITES_FILES: "np.save np.savetxt np.savez np.savez_compressed",
    READS: "np.frombuffer np.fromfile np.fromregex np.fromstring np.genfromtxt np.load np.loadtxt",
    TEXT: "np.base_repr np.binary_repr np.format_float_positional np.format_float_scientific",
    DATES: "np.busday_count np.busday_offset np.is_busday np.datetime_as_string np.datetime_data",
    MATRICES: "np.asmatrix np.bmat",
    ARRAY_ALREADY: "np.asarray_chkfinite np.from_dlpack np.require",
    JOINER: "np.c_ np.r_",
    Refusal("It makes an array of what an iterator gives.", "Use np.stack(list(...))."): "np.fromiter",
    Refusal("It makes a function of plain Python objects.", "Call a function that is written in numpy's on the whole array."):
        "np.frompyfunc",
    Refusal("It hands out plain numbers, one by one.", "Use functions of whole arrays, or a loop over t."): "np.nested_iters",
    Refusal("It takes plain numbers.", "Use np.i0(beta * np.sqrt(1 - np.linspace(-1, 1, M) ** 2)) / np.i0(beta)."): "np.kaiser",
    Refusal("It looks for the smallest dtype of plain numbers.", "Ask for t.dtype."): "np.mintypecode np.typename",
}  # fmt: skip
ON_PROCESSORS = Refusal(
    "Its numbers are not the same on all processors: numpy's own are wrong with AVX-512.",
    "Use functools.reduce(np.power, t), or the last row of np.power.accumulate(t); the same for arctan2.",
)
METHODS = {f"np.{name}.{method}": ON_PROCESSORS for name in ("power", "arctan2") for method in ("reduce", "reduceat")}
REFUSED: dict[str, Refusal] = {name: refusal for refusal, names in GROUPS.items() for name in names.split()}


def refusal_of(name: str) -> Refusal | None:
    """Why the function of that name, as np.linalg.inv, is refused; None if nothing is known of it."""
    return REFUSED.get(name) or METHODS.get(name)


# Functions that no array of floats is given to: counts, shapes, dtypes, settings. They have no derivative to lose.
COUNTED = """
    np.bartlett np.blackman np.hamming np.hanning np.diag_indices np.tril_indices np.triu_indices np.mask_indices np.indices
    np.broadcast_shapes np.isscalar np.iterable np.isfortran np.isdtype np.issubdtype
    np.promote_types np.fromfunction np.info np.get_include np.show_config np.show_runtime np.test np.linalg.test np.fft.test
    np.getbufsize np.setbufsize np.geterr np.seterr np.geterrcall np.seterrcall np.get_printoptions np.set_printoptions
    np.printoptions np.index_exp np.s_ np.mgrid np.ogrid
"""
COUNTS = frozenset(COUNTED.split())
