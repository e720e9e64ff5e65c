"""Run the tests part by part, then say in one table what passed, what failed and what was skipped, and why.

A part that cannot run here (no Chromium, no PyTorch) is skipped. With TENSORBOOK_REQUIRE_ALL=1, as on a machine that is
there to run everything, it fails, and so does a single skipped test, unless its reason names what no machine can mend.
"""

import importlib.metadata
import importlib.util
import os
import re
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as ET
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from tensorbook.workbook import doctor

PACKAGE = Path(__file__).resolve().parents[1]
ROOT = PACKAGE.parent
IN_CLONE = (ROOT / "pyproject.toml").is_file()
ORACLE_VERSION = "2.13.0"
LIMIT = 45 * 60  # seconds for one part; only a test that hangs gets there

# The skips that stand although everything must run: for want of a GPU, or for being on another system or processor.
UNAVOIDABLE = re.compile(r"\b(GPU|CUDA|CuPy|Windows|macOS|Linux|as root|this processor)\b", re.IGNORECASE)


@dataclass
class Result:
    """How one part went, in tests; `skipped` counts them by their reason, and `refused` those that had to run."""

    passed: int = 0
    failed: int = 0
    skipped: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0

    def require_all(self) -> None:
        """Count every avoidable skip as a failure."""
        self.refused = Counter({why: n for why, n in self.skipped.items() if not UNAVOIDABLE.search(why)})
        self.skipped -= self.refused
        self.failed += self.refused.total()


class Runner:
    """Runs commands for one part. Their output comes live, or in one piece when parts run side by side."""

    def __init__(self, part: str, scratch: Path, live: bool):
        self.scratch, self.live = scratch / part, live
        self.scratch.mkdir()
        self.output = self.scratch / "output.txt"
        # Tests must not tick off the exercises of whoever runs them, nor crowd two cores with threads.
        self.environment = {"OMP_NUM_THREADS": "1", **os.environ}
        self.environment["TENSORBOOK_PROGRESS"] = str(self.scratch / "progress.json")
        if IN_CLONE:  # kernels import this source, whether or not it is installed
            places = [str(ROOT), os.environ.get("PYTHONPATH", "")]
            self.environment["PYTHONPATH"] = os.pathsep.join(filter(None, places))

    def run(self, *command: str | Path) -> int:
        """The exit code of a command."""
        with self.output.open("ab") as out:
            where = {} if self.live else {"stdout": out, "stderr": subprocess.STDOUT}
            try:
                return subprocess.run(command, cwd=ROOT, env=self.environment, timeout=LIMIT, **where).returncode
            except subprocess.TimeoutExpired:
                out.write(f"\nStopped after {LIMIT} seconds.\n".encode())
                return 124

    def python(self, *arguments: str | Path) -> int:
        """The exit code of a Python module run with those arguments."""
        return self.run(sys.executable, "-m", *arguments)

    def pytest(self, *arguments: str | Path) -> Result:
        report = self.scratch / "report.xml"
        if not IN_CLONE:  # site-packages is no place to leave a cache in
            arguments = ("-p", "no:cacheprovider", *arguments)
        code = self.python("pytest", f"--junitxml={report}", *arguments)
        result = read_junit(report.read_text(encoding="utf-8")) if report.is_file() else Result()
        if code and not result.failed:  # 5: no test was found; others: pytest itself gave up
            result.failed = 1
        return result


def read_junit(xml: str) -> Result:
    """Count the tests in pytest's report.

    >>> report = '<s><testcase/><testcase><failure/></testcase><testcase><skipped message="no GPU"/></testcase></s>'
    >>> read_junit(report)
    Result(passed=1, failed=1, skipped=Counter({'no GPU': 1}), refused=Counter(), seconds=0.0)
    """
    result = Result()
    for case in ET.fromstring(xml).iter("testcase"):
        skip = case.find("skipped")
        if case.find("failure") is not None or case.find("error") is not None:
            result.failed += 1
        elif skip is not None:
            result.skipped[skip.get("message", "no reason given")] += 1
        else:
            result.passed += 1
    return result


def read_tap(tap: str) -> Result:
    """Count the tests in the closing lines of node's report.

    >>> read_tap("# tests 3\\n# pass 2\\n# fail 0\\n# cancelled 0\\n# skipped 1\\n# todo 0\\n")
    Result(passed=2, failed=0, skipped=Counter({'as the test says': 1}), refused=Counter(), seconds=0.0)
    """
    count = {word: int(number) for word, number in re.findall(r"^# (\w+) (\d+)$", tap, re.MULTILINE)}
    skipped = count.get("skipped", 0) + count.get("todo", 0)
    failed = count.get("fail", 0) + count.get("cancelled", 0)
    return Result(count.get("pass", 0), failed, Counter({"as the test says": skipped} if skipped else {}))


# -- the parts, each a function from a Runner to a Result ------------------------------------------------------------


def lint(runner: Runner) -> Result:
    codes = [runner.python("ruff", "check", "."), runner.python("ruff", "format", "--check", ".")]
    return Result(passed=codes.count(0), failed=len(codes) - codes.count(0))


def unit(runner: Runner) -> Result:
    if not IN_CLONE:
        return runner.pytest("--doctest-modules", PACKAGE)
    return runner.pytest("-m", "not browser and not oracle and not table", "--ignore=tests/browser")


def oracle(runner: Runner) -> Result:
    return runner.pytest("-m", "oracle", "--ignore=tests/browser")


def table(runner: Runner) -> Result:
    return runner.pytest("-m", "table", "--ignore=tests/browser")


def node(runner: Runner) -> Result:
    report = runner.scratch / "report.tap"
    reporters = ["--test-reporter=spec", "--test-reporter-destination=stdout"]
    reporters += ["--test-reporter=tap", f"--test-reporter-destination={report}"]
    code = runner.run("node", "--test", *reporters, *sorted((ROOT / "tests" / "js").glob("*.test.mjs")))
    result = read_tap(report.read_text(encoding="utf-8")) if report.is_file() else Result()
    if code and not result.failed:
        result.failed = 1
    return result


def nbval(runner: Runner) -> Result:
    base = ROOT if IN_CLONE else PACKAGE
    rules = base / ("tests" if IN_CLONE else "workbook") / "nbval_sanitize.cfg"
    return runner.pytest("--nbval", base / "notebooks", "--nbval-sanitize-with", rules)


def browser(runner: Runner) -> Result:
    return runner.pytest("tests/browser")


PARTS: dict[str, Callable[[Runner], Result]] = {
    "nbval": nbval,
    "unit": unit,
    "oracle": oracle,
    "table": table,
    "lint": lint,
    "node": node,
    "browser": browser,
}
"""In the order in which they start: the long ones first, and the browser when the others are done."""


def lacking(part: str) -> str | None:
    """Why a part cannot run here, and what to do about it; None when it can."""
    if not IN_CLONE and part not in ("unit", "nbval"):
        return "not in an installed package: it is in the source"
    module = {"lint": "ruff", "nbval": "nbval", "browser": "playwright", "node": None}.get(part, "pytest")
    if module and importlib.util.find_spec(module) is None:
        return f'{module} is not installed: pip install "tensorbook[test]"'
    if part == "oracle":
        version = importlib.metadata.version("torch") if importlib.util.find_spec("torch") else "none"
        if version.split("+")[0] != ORACLE_VERSION:
            return f"PyTorch {ORACLE_VERSION} is asked, {version} is installed: pip install torch=={ORACLE_VERSION}"
    found = {"node": doctor.node, "browser": doctor.chromium}.get(part)
    if found and (finding := found()).advice:
        return f"{finding.name} {finding.found}: {finding.advice}"
    return None


def run_part(part: str, scratch: Path, live: bool = False) -> Result:
    """Run one part, or say why it cannot; print what it printed, under a heading."""
    started = time.monotonic()
    runner = Runner(part, scratch, live)
    if live:
        print(f"=== {part} ===", flush=True)
    if reason := lacking(part):
        result = Result(skipped=Counter({reason: 1}))
    else:
        result = PARTS[part](runner)
    if os.environ.get("TENSORBOOK_REQUIRE_ALL") == "1":
        result.require_all()
    result.seconds = time.monotonic() - started
    if not live:
        said = runner.output.read_text(encoding="utf-8", errors="replace") if runner.output.is_file() else ""
        print(f"=== {part} ===\n{said}", flush=True)
    return result


def summary(results: dict[str, Result]) -> str:
    """The results as aligned lines, the reasons of skips below, and the line that counts them all at the end."""
    lines = ["part     passed  failed  skipped  seconds"]
    for part, result in results.items():
        skipped = result.skipped.total()
        lines.append(f"{part:7}  {result.passed:6}  {result.failed:6}  {skipped:7}  {result.seconds:7.0f}")
    for part, result in results.items():
        lines += [f"{part}: {count} skipped: {reason}" for reason, count in result.skipped.items()]
        lines += [f"{part}: {count} failed, for nothing may be skipped: {why}" for why, count in result.refused.items()]
    passed, failed = (sum(getattr(result, name) for result in results.values()) for name in ("passed", "failed"))
    skipped = sum(result.skipped.total() for result in results.values())
    return "\n".join([*lines, "", f"{passed} passed, {failed} failed, {skipped} skipped"])


def main(parts: list[str]) -> int:
    """Run those parts, or all of them; 0 when nothing failed."""
    parts = [part for part in PARTS if part in parts or not parts]
    with tempfile.TemporaryDirectory() as folder:
        run = partial(run_part, scratch=Path(folder))
        if len(parts) == 1:
            results = {parts[0]: run(parts[0], live=True)}
        else:
            # Two at a time, but in the browser things are timed as a person would feel them, so it comes by itself.
            together = [part for part in parts if part != "browser"]
            with ThreadPoolExecutor(max_workers=2) as pool:
                results = dict(zip(together, pool.map(run, together), strict=True))
            if "browser" in parts:
                results["browser"] = run("browser")
    print(summary({part: results[part] for part in PARTS if part in results}), flush=True)
    return 1 if any(result.failed for result in results.values()) else 0
