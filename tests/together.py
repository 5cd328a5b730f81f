"""Tests of a few cases each: many cases take less time than what pytest does for a test, which is some milliseconds."""

import functools
import inspect

import pytest

TOGETHER = 6


def each(name, cases):
    """As `pytest.mark.parametrize(name, cases.values(), ids=cases)`, but with a few cases in each test. Its id has those of its
    cases. All of them run, and what fails names its case. Fixtures are made once for a test, so they must not be used up. For
    several names, "a, b", each case is a tuple."""
    return in_groups(name, [list(cases.items())[k : k + TOGETHER] for k in range(0, len(cases), TOGETHER)])


def in_groups(name, groups, ids=None):
    """The same for groups of (id, case). ids: those of the tests, where a group has another name than that of its cases."""
    names = name.split(", ")
    ids = ids or [", ".join(str(id) for id, _ in group) for group in groups]

    def decorate(test):
        parameters = inspect.signature(test).parameters

        @pytest.mark.parametrize("group", groups, ids=ids)
        @functools.wraps(test)
        def over_group(group, **fixtures):
            skipped, failed = [], []
            for id, case in group:
                given = {name: case} if len(names) == 1 else dict(zip(names, case, strict=True))
                try:
                    test(**given, **fixtures)
                except pytest.skip.Exception as reason:
                    skipped.append(reason)
                except Exception as error:
                    error.add_note(f"This is the {name} {id!r}.")
                    failed.append(error)
            if failed:
                raise failed[0] if len(failed) == 1 else ExceptionGroup(f"{len(failed)} of {len(group)} fail", failed)
            if len(skipped) == len(group):
                raise skipped[0]

        keyword, taken = inspect.Parameter.KEYWORD_ONLY, ["group", *(other for other in parameters if other not in names)]
        over_group.__signature__ = inspect.Signature([inspect.Parameter(parameter, keyword) for parameter in taken])
        return over_group

    return decorate
