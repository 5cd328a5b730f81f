"""Tests of a few cases each say which of the cases fail, and try all of them."""

import pytest
import together


def test_all_cases_are_in_the_tests_and_their_names_in_the_ids():
    @together.each("case", {f"number {k}": k for k in range(8)})
    def of_a_few(case):
        pass

    (mark,) = of_a_few.pytestmark
    assert [[case for _, case in group] for group in mark.args[1]] == [[0, 1, 2, 3, 4, 5], [6, 7]]
    assert mark.kwargs["ids"][1] == "number 6, number 7"


def test_a_case_of_several_names_is_a_tuple():
    tried = []

    @together.each("a, b", {"one": (1, 2), 2: (3, 4)})
    def of_a_few(own, b, a):
        tried.append((a, b, own))

    (mark,) = of_a_few.pytestmark
    assert mark.kwargs["ids"] == ["one, 2"]
    of_a_few(group=mark.args[1][0], own=5)
    assert tried == [(1, 2, 5), (3, 4, 5)]
    with pytest.raises(ValueError, match="shorter"):
        of_a_few(group=[("three", (1,))], own=5)


def test_what_fails_is_named_and_the_others_are_tried():
    tried = []

    @together.each("case", {"one": 1, "two": 2, "three": 3})
    def of_a_few(case, own):
        tried.append(case)
        assert case not in own

    (mark,) = of_a_few.pytestmark
    with pytest.raises(AssertionError) as caught:
        of_a_few(group=mark.args[1][0], own=[2])
    assert caught.value.__notes__ == ["This is the case 'two'."] and tried == [1, 2, 3]
    with pytest.raises(ExceptionGroup, match="2 of 3 fail") as several:
        of_a_few(group=mark.args[1][0], own=[1, 3])
    assert [note for error in several.value.exceptions for note in error.__notes__] == [
        "This is the case 'one'.", "This is the case 'three'."]  # fmt: skip
    of_a_few(group=mark.args[1][0], own=[])


@pytest.mark.parametrize("skipped", [[1], [1, 2]])
def test_a_test_is_skipped_if_all_its_cases_are(skipped):
    @together.each("case", {"one": 1, "two": 2})
    def of_a_few(case):
        if case in skipped:
            pytest.skip("It is not there.")

    group = of_a_few.pytestmark[0].args[1][0]
    if len(skipped) == 1:
        return of_a_few(group=group)
    with pytest.raises(pytest.skip.Exception):
        of_a_few(group=group)
