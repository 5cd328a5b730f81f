"""The formulas of a lesson's text as a browser sets them: ∂J/∂w1 as a fraction, w1 with an index, e^-z with an exponent."""

import html
import re

LETTER = r"[A-Za-zŷηθ]"
FORMS = [  # (what stands in escaped text, what is shown), in this order
    (r"`([^`]+)`", r"<code>\1</code>"),
    (rf"∂({LETTER}\d?)/∂({LETTER}\d?)", r"<math><mfrac><mrow><mo>∂</mo>{\1}</mrow><mrow><mo>∂</mo>{\2}</mrow></mfrac></math>"),
    (r"1 / \(1 \+ e\^-z\)", "<math><mfrac><mn>1</mn><mrow><mn>1</mn><mo>+</mo><msup>{e}<mrow><mo>−</mo>{z}</mrow></msup></mrow>"
                            "</mfrac></math>"),
    (r"1/√(\w)", r"<math><mfrac><mn>1</mn><msqrt>{\1}</msqrt></mfrac></math>"),
    (r"(?<![\w{])(\w)\^(-?)(\w)", r"<i>\1</i><sup>\2\3</sup>"),
    (r"(?<![\w.{])(z|x|w)(0?)_([a-z]{1,2})(?!\w)", r"<i>\1</i><sub>\2\3</sub>"),
    (r"(?<![\w.{^])([a-zŷ])(\d)(?![\w.}])", r"<i>\1</i><sub>\2</sub>"),
    (r"\bsum_(\w)", r"Σ<sub>\1</sub>"),
    (r"&lt;-", "←"),
]  # fmt: skip
PART = re.compile(r"\{(\w)(\d?)\}")


def part(found):
    """A letter in a formula, with its index."""
    letter = f"<mi>{found[1]}</mi>"
    return f"<msub>{letter}<mn>{found[2]}</mn></msub>" if found[2] else letter


def rendered(text):
    """A text as HTML."""
    shown = html.escape(text, quote=False)
    for pattern, form in FORMS:
        shown = re.sub(pattern, form, shown)
    return PART.sub(part, shown)
