"""Which tests reach which line, measured once."""

import heapq
import pickle
import re
from time import process_time

from _pytest.runner import runtestprotocol

FEW = 300  # a line that more tests reach is reached by tests of all kinds
ON_LOADING = ""  # stands among the tests of a line that runs as the engine is loaded


class Reach:
    """By file and line the tests, quickest first; and how many seconds each test takes."""

    def __init__(self, lines, seconds):
        self.lines, self.seconds, self.words = lines, seconds, None

    def of(self, path, lines):
        """The tests that reach one of these lines, quickest first."""
        of_file = self.lines.get(path, {})
        tests = {test for line in lines for test in of_file.get(line, ()) if test in self.seconds}
        return sorted(tests, key=lambda test: (self.seconds[test], test))

    def on_loading(self, path, lines):
        """Whether one of these lines runs as the engine is loaded."""
        of_file = self.lines.get(path, {})
        return any(ON_LOADING in of_file.get(line, ()) for line in lines)

    def named(self, words):
        """The tests with one of these words in brackets, such as the name of an op; those of the rarest word first."""
        if self.words is None:
            self.words = {}
            for test in self.seconds:
                for word in set(re.findall(r"\w+", test.partition("[")[2])):
                    self.words.setdefault(word, []).append(test)
        found = [self.words[word] for word in words if word in self.words]
        return [test for tests in sorted(found, key=len) for test in tests if test in self.seconds]

    def varied(self, path, tests, near):
        """Of these tests some that differ in what they do: three for each line near, one for each other line that few of
        them reach, then a few from each file of tests."""
        known, by_file, lines = set(tests), {}, self.lines.get(path, {})
        counts = {**{line: 1 for line in lines if len(lines[line]) < FEW}, **dict.fromkeys(near, 3)}
        for line in sorted(counts, key=lambda line: (line not in near, len(lines.get(line, ())))):
            reaching = [test for test in lines.get(line, ()) if test in known]
            yield from heapq.nsmallest(counts[line], reaching, key=self.seconds.get)
        for test in tests:
            by_file.setdefault(test.partition("::")[0], []).append(test)
        yield from (own[len(own) * k // 5] for k in range(5) for own in by_file.values())

    def chosen(self, tests, budget, ahead):
        """(some of the tests, their seconds): those `ahead`, then the quickest, for so many seconds."""
        taken, seconds, known = [], 0.0, set(tests)
        for test in dict.fromkeys([*ahead, *tests]):
            if test in known and seconds + self.seconds[test] <= budget:
                taken.append(test)
                seconds += self.seconds[test]
        return taken, seconds

    def save(self, file):
        with open(file, "wb") as stream:
            pickle.dump((self.lines, self.seconds), stream)


def load(file, longest):
    """Of the tests those that take no longer than so many seconds."""
    with open(file, "rb") as stream:
        lines, seconds = pickle.load(stream)
    return Reach(lines, {test: time for test, time in seconds.items() if time < longest})


def meter_of(root):
    import coverage

    return coverage.Coverage(data_file=None, source=[str(root / "autodiff")])


def measured(meter, items, root):
    """The reach of these tests, each of which runs once; those that fail by themselves are left out. The meter has been on
    since before the engine was loaded."""
    seconds = {}
    for item in items:
        meter.switch_context(item.nodeid)
        start = process_time()
        if not any(report.failed for report in runtestprotocol(item, log=False, nextitem=None)):
            seconds[item.nodeid] = process_time() - start
    meter.stop()
    return gathered(meter.get_data(), seconds, root)


def gathered(data, seconds, root):
    one, lines = {test: test for test in (ON_LOADING, *seconds)}, {}  # each name once, or the file would have a gigabyte
    for file in data.measured_files():
        of_file = lines[file.removeprefix(f"{root}/")] = {}
        for line, tests in data.contexts_by_lineno(file).items():
            of_file[line] = [one[test] for test in tests if test in one]
    return Reach(lines, seconds)
