"""The benchmarks at tiny sizes: every contender that is installed gives the result of the reference, and the command runs."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks import report, timing, worker
from benchmarks.subject import Contender, Subject
from benchmarks.subjects import RACES, TABLES, load, subjects
from benchmarks.subjects.growth import ROWS

ROOT = Path(__file__).parent.parent
SUBJECTS = subjects()
HEAVY = {"jax", "keras", "tensorflow", "torch", "pytensor"}  # they start threads and warn; the command tries them
EVERYONE = [
    (name, who) for name, subject in SUBJECTS.items() for who, c in subject.contenders.items() if not HEAVY & set(c.needs)
]


def test_every_module_is_a_subject():
    files = {path.stem for path in (ROOT / "benchmarks" / "subjects").glob("*.py")} - {"__init__"}
    assert files == {*RACES, *TABLES}


@pytest.mark.filterwarnings("ignore")  # scikit-learn wants more epochs
@pytest.mark.parametrize("name, who", EVERYONE)
def test_results_are_equal(name, who):
    subject = SUBJECTS[name]
    contender = subject.contenders[who]
    if contender.missing():
        pytest.skip(contender.missing())
    reference = subject.contenders[subject.reference].build
    for case in subject.quick.values():
        try:
            mine = contender.build(case)
        except NotImplementedError as reason:
            pytest.skip(str(reason))
        worker.check(subject, case, reference(case), mine)


def test_a_wrong_result_is_found():
    subject = Subject("two", {"1": 1}, {"1": 1}, {"right": Contender(lambda _: lambda: [2.0, 3.0])})
    with pytest.raises(AssertionError, match="Not equal"):
        worker.check(subject, 1, lambda: [2.0, 3.0], lambda: [2.0, 3.1])


def test_the_workload_of_micrograd():
    values = load("values")
    assert values.operations(values.SUBJECT.cases["2-16-16-1, 50"]) == 32_877  # and 437 leaves


def test_the_second_derivative_is_that_of_differences():
    import autodiff as ad

    routes = load("routes")
    step = routes.second(40)
    step()
    slopes = [ad.grad(lambda x: routes.program(x, 40))(ad.Value(x)) for x in (0.5 - 1e-5, 0.5 + 1e-5)]
    assert float(step.curvature) == pytest.approx(float(slopes[1] - slopes[0]) / 2e-5, rel=1e-5)


@pytest.mark.parametrize("name", ROWS)
def test_programs_that_grow(name):
    program, _ = ROWS[name]
    program(3)


def test_the_exponent_of_growth():
    assert timing.exponent([1, 2, 4, 8], [5.0, 20.0, 80.0, 320.0]) == pytest.approx(2.0)


def test_the_peak_counts_what_is_allocated():
    assert 1_000_000 <= timing.peak(lambda: bytes(1_000_000)) < 1_100_000


def test_a_table():
    row = {"cpu": 2e-6, "operations": 1, "low": 1.5, "ratio": 2.0, "high": 2.5, "wall_ratio": 2.1, "built": 0.5}
    text = report.race_table(SUBJECTS["vmap"], {"vmap": {"a": row}, "loop": "it is not installed"})
    assert "| vmap | 2 us: 2.00 [1.50-2.50], wall 2.10 |" in text
    assert "- loop: it is not installed" in text


def test_the_command(tmp_path):
    figures = tmp_path / "figures.json"
    command = [
        sys.executable,
        ROOT / "benchmarks",
        "--quick",
        "--only",
        "numpy by hand",
        "--only",
        "autodiff",
        "--json",
        figures,
    ]
    done = subprocess.run([*command, "steps"], capture_output=True, text=True, cwd=tmp_path, check=True)
    assert "## A training step" in done.stdout and "| autodiff " in done.stdout
    assert json.loads(figures.read_text())["races"]["steps"]["autodiff"]["2-4-1, 3"]["ratio"] > 0


def test_a_subject_that_is_not_there():
    done = subprocess.run([sys.executable, ROOT / "benchmarks", "nonsense"], capture_output=True, text=True)
    assert done.returncode == 2 and "there is no subject nonsense" in done.stderr


def test_a_chart(tmp_path):
    pytest.importorskip("matplotlib")
    from benchmarks.chart import draw

    rows = {"numpy by hand": {"a": {"ratio": 1.0}}, "autodiff": {"a": {"ratio": 1.2}}, "PyTorch": "it is not installed"}
    draw({"steps": rows}, tmp_path / "speed.svg")
    assert "<svg" in (tmp_path / "speed.svg").read_text()


def test_figures_are_printed_again(tmp_path):
    row = {"case": "a", "cpu": 2e-6, "operations": 1, "low": 1.5, "ratio": 2.0, "high": 2.5, "wall_ratio": 2.1, "built": 0.5}
    figures = tmp_path / "figures.json"
    figures.write_text(json.dumps({"machine": "a machine", "races": {"vmap": {"vmap": {"a": row}}}}))
    command = [sys.executable, ROOT / "benchmarks", "--load", figures, "--brief"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert "Measured on: a machine." in done.stdout and "| vmap | 2.00 |" in done.stdout


def tables_of(page):
    """{title: (the names of the cases, the contenders)} of the tables of a page, of those that are races."""
    titles, found = {subject.title: subject for subject in SUBJECTS.values()}, {}
    for part in re.split(r"^#+ ", page.read_text("utf-8"), flags=re.MULTILINE):
        title, _, text = part.partition("\n")
        lines = [[cell.strip() for cell in line.strip("|").split("|")] for line in text.splitlines() if line.startswith("|")]
        if title in titles:
            found[title] = (titles[title], lines[0][1:], [line[0] for line in lines[2:]])
    return found


@pytest.mark.parametrize("page", ["README.md", "benchmarks/README.md"])
def test_a_page_has_the_tables_of_today(page):
    found = tables_of(ROOT / page)
    assert found
    for subject, cases, contenders in found.values():
        assert cases == list(subject.cases)
        assert set(contenders) <= set(subject.contenders)
