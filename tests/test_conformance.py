"""TensorFlow's behaviour, mirrored or differed from on purpose: the programs of `conformance`, run here."""

import pytest
from conformance import SENTENCES, cases, raises
from together import each

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
@each("case", {str(case): case for case in cases()})
def test_case(case, tf):
    case.check(tf, case.gives)


def test_every_sentence_has_a_program():
    assert list(dict.fromkeys(case.sentence for case in cases())) == SENTENCES


def test_every_case_has_a_name_of_its_own():
    names = [str(case) for case in cases()]
    assert {name for name in names if names.count(name) > 1} == set()


def test_a_failure_quotes_the_sentence():
    case = cases()[0]
    with pytest.raises(AssertionError) as caught:
        case.check(nn.tf, "something else")
    assert caught.value.__notes__ == [f"TensorFlow: {case.sentence}"]


def test_where_we_differ_the_case_says_what_tensorflow_gives():
    differing = [case for case in cases() if case.tensorflow is not case.gives]
    assert differing and all(isinstance(case.tensorflow, raises) or case.tensorflow != case.gives for case in differing)
