"""TensorFlow's behaviour, call by call, mirrored or differed from on purpose: the programs of `rows`, run here."""

import pytest
from rows import raises, table

import autodiff as ad
import nn.tf


class ValuesForScalars:
    """nn.tf, but a Variable of one Python float is a Value."""

    def Variable(self, *args, **options):
        scalar = len(args) == 1 and type(args[0]) is float and not options
        return ad.Value(*args) if scalar else nn.tf.Variable(*args, **options)

    def __getattr__(self, name):
        return getattr(nn.tf, name)


@pytest.mark.parametrize("tf", [nn.tf, ValuesForScalars()], ids=["arrays", "Values"])
@pytest.mark.parametrize("row", table(), ids=str)
def test_row(row, tf):
    row.check(tf, row.gives)


# of each part, how many rows there are with a program (B15 speaks of TensorFlow's second Variable class)
SURVEYED = {"A": 9, "B": 14, "C": 18, "D": 8, "E": 7, "F": 7, "G": 9, "H": 15, "J": 5, "K": 18}


@pytest.mark.parametrize("part", SURVEYED)
def test_every_row_of_the_survey_has_a_program(part):
    numbers = {f"{part}{k}" for k in range(1, SURVEYED[part] + 1)}
    assert {row.number for row in table() if row.number.startswith(part)} == numbers


def test_where_we_differ_the_row_says_what_tensorflow_gives():
    differing = [row for row in table() if row.tensorflow is not row.gives]
    assert differing and all(isinstance(row.tensorflow, raises) or row.tensorflow != row.gives for row in differing)
