"""The command: its arguments, the subjects in turn, and what is printed and written."""

import argparse
import importlib
import json
import sys
from pathlib import Path

from benchmarks import machine, process, report
from benchmarks.subjects import RACES, TABLES, load


def run_race(name, quick, only):
    """{contender: {case: figures}}, or for a contender that could not run, why."""
    results = {}
    for who, contender in load(name).SUBJECT.contenders.items():
        if only and who not in only:
            continue
        results[who] = contender.missing()
        if not results[who]:
            done = process.run("worker", name, who, *quick)
            rows = [json.loads(line) for line in done.stdout.splitlines() if line.startswith('{"case"')]
            last = process.reason(done)
            results[who] = {row["case"]: row for row in rows} or last.removeprefix("NotImplementedError: ")
            if done.returncode and rows:
                print(f"{who} ended early: {last}", file=sys.stderr)
        print(f"{name}: {who} done", file=sys.stderr)
    return results


def arguments():
    parser = argparse.ArgumentParser("python benchmarks", description="Time autodiff beside its peers.")
    parser.add_argument("subjects", nargs="*", metavar="subject", help=f"of {', '.join(RACES + TABLES)}; all of them if none")
    parser.add_argument("--only", action="append", metavar="NAME", help="this contender of each race; may be repeated")
    parser.add_argument("--quick", action="store_true", help="tiny sizes and one round, to see whether it runs")
    parser.add_argument("--brief", action="store_true", help="print the ratios alone")
    parser.add_argument("--json", metavar="FILE", help="write the figures of the races to a file")
    parser.add_argument("--load", metavar="FILE", help="measure nothing: print, or draw, the races of such a file")
    parser.add_argument("--chart", metavar="FILE", help="draw the races: an SVG or PNG, by matplotlib")
    found = parser.parse_args()
    unknown = set(found.subjects) - {*RACES, *TABLES}
    if unknown:
        parser.error(f"there is no subject {', '.join(sorted(unknown))}; there are {', '.join(RACES + TABLES)}")
    return found


def measure(wanted, quick):
    """{subject: {contender: figures}} of the races, printed with all other tables as they come."""
    races = {}
    for name in wanted.subjects or RACES + TABLES:
        if name in RACES:
            races[name] = run_race(name, quick, wanted.only)
            print(report.race_table(load(name).SUBJECT, races[name], wanted.brief), flush=True)
        else:
            load(name).print_tables(*quick)
    return races


def print_again(file, wanted):
    """{subject: {contender: figures}} of a file that --json wrote, printed again."""
    found = json.loads(Path(file).read_text("utf-8"))
    print(f"Measured on: {found['machine']}.\n")
    races = {name: found["races"][name] for name in wanted.subjects or found["races"]}
    for name, results in races.items():
        print(report.race_table(load(name).SUBJECT, results, wanted.brief))
    return races


def main():
    if sys.argv[1:2] == ["--child"]:
        importlib.import_module(f"benchmarks.{sys.argv[2]}").child(*sys.argv[3:])
        return
    wanted = arguments()
    if wanted.load:
        races = print_again(wanted.load, wanted)
    else:
        print(f"Measured on: {machine.description()}.\n", flush=True)
        races = measure(wanted, ["--quick"] if wanted.quick else [])
    if wanted.json:
        Path(wanted.json).write_text(json.dumps({"machine": machine.description(), "races": races}, indent=1), "utf-8")
    if wanted.chart:
        from benchmarks.chart import draw

        draw(races, wanted.chart)
