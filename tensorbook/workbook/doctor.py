"""Say what this machine has for the course, what it lacks, and what to do about it.

Only the standard library is used, so that `start.py doctor` can run this file where nothing else works.
"""

import importlib.metadata
import json
import os
import platform
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome", "chrome.exe")
CHROMIUM_PLACES = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "C:/Program Files/Google/Chrome/Application/chrome.exe",
)


@dataclass(frozen=True)
class Finding:
    """One line of the table. `advice` says what to do; only what is `needed` stops the course."""

    name: str
    found: str
    advice: str = ""
    needed: bool = False

    @property
    def state(self) -> str:
        if not self.advice:
            return "ok"
        return "MISSING" if self.needed else "without"


def said(*command: str, timeout: float = 30) -> str | None:
    """What a command prints, or None when it cannot be run, fails, or is silent for too long."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, errors="replace", timeout=timeout, check=True)
    except (OSError, subprocess.SubprocessError):
        return None
    return (done.stdout or done.stderr).strip()  # dot tells its version on stderr


def python() -> Finding:
    advice = "" if sys.version_info >= (3, 11) else "install Python 3.11 or newer and run this again with it"
    return Finding("Python", f"{platform.python_version()} at {sys.executable}", advice, needed=True)


def requirements() -> list[str]:
    """What the project asks for, with the `notebooks` extra, from pyproject.toml or from the installed package."""
    if (ROOT / "pyproject.toml").is_file():
        import tomllib

        project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
        return project["dependencies"] + project["optional-dependencies"]["notebooks"]
    lines = importlib.metadata.requires("tensorbook") or []
    return [line for line in lines if "extra ==" not in line or re.search(r"""extra == ['"]notebooks['"]""", line)]


def release(version: str) -> tuple[int, ...]:
    """The numbers of a version: (2, 4, 6) for "2.4.6"."""
    return tuple(int(number) for number in re.findall(r"\d+", version.split("+")[0])[:3])


def package(requirement: str) -> Finding:
    name, least = re.match(r"([\w.-]+)\s*(?:>=\s*([\d.]+))?", requirement).groups(default="0")
    install = "run python3 start.py" if (ROOT / "start.py").is_file() else 'run pip install "tensorbook[notebooks]"'
    try:
        version = importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return Finding(name, "not installed", install, needed=True)
    if release(version) < release(least):
        return Finding(name, version, f"{least} or newer is needed: {install}", needed=True)
    return Finding(name, version)


def gpu() -> Finding:
    """The GPU that the notebooks would use. CuPy is asked in a process of its own: importing it here would be slow."""
    cpu = "the course runs on the CPU"
    rows = said("nvidia-smi", "--query-gpu=name,memory.total", "--format=csv,noheader,nounits")
    if rows is None:
        why = "nvidia-smi fails" if shutil.which("nvidia-smi") else "no NVIDIA driver: there is no nvidia-smi"
        return Finding("GPU", why, cpu)
    name, memory = (word.strip() for word in rows.splitlines()[0].rsplit(",", 1))
    card = f"{name}, {int(memory) / 1024:.0f} GiB" if memory.isdigit() else name
    ask = "import cupy; cupy.arange(3).sum().item(); print(cupy.__version__)"
    version = said(sys.executable, "-c", ask, timeout=120)
    if version is None:
        cuda = re.search(r"CUDA Version:\s*(\d+)", said("nvidia-smi") or "")
        extra = "gpu12" if cuda and int(cuda[1]) < 13 else "gpu"
        install = f'pip install "tensorbook[{extra}]"'
        if (ROOT / "start.py").is_file():
            install = f'{Path(sys.executable).as_posix()} -m pip install -e "{ROOT.as_posix()}[{extra}]"'
        return Finding("GPU", f"{card}, but CuPy does not answer", f"{cpu}; to use the GPU: {install}")
    return Finding("GPU", f"{card}, CuPy {version.splitlines()[0]}")


def dot() -> Finding:
    version = said("dot", "-V")
    if version is None:
        advice = "only to_graphviz() needs it: install graphviz (apt, brew or winget)"
        return Finding("dot", "not found", advice)
    return Finding("dot", version.removeprefix("dot - "))


def chromium_path() -> str | None:
    """Where a Chromium or Chrome is that the browser tests can drive; the variable CHROMIUM names one outright."""
    if "CHROMIUM" in os.environ:
        return shutil.which(os.environ["CHROMIUM"])
    found = [shutil.which(name) for name in CHROMIUM_NAMES] + [p for p in CHROMIUM_PLACES if Path(p).is_file()]
    return next((path for path in found if path), None)


def chromium() -> Finding:
    path = chromium_path()
    if path is None:
        advice = "only the browser tests need it: install chromium, or name one in the variable CHROMIUM"
        return Finding("Chromium", "not found", advice)
    # On Windows a browser asked for its version opens a window instead.
    return Finding("Chromium", f"{said(path, '--version') or 'found'} at {path}" if os.name != "nt" else path)


def node() -> Finding:
    version = said("node", "--version")
    if version is None:
        return Finding("node", "not found", "only the tests of the JavaScript need it: install Node.js 20 or newer")
    if release(version) < (20,):
        return Finding("node", version, "the tests of the JavaScript need Node.js 20 or newer")
    return Finding("node", version)


def notebooks() -> Finding:
    place = next((p for p in (ROOT / "tensorbook" / "notebooks", ROOT / "notebooks") if p.is_dir()), ROOT / "notebooks")
    count = len(list(place.glob("*.ipynb")))
    if not count:
        return Finding("notebooks", f"none in {place}", "fetch the project again", needed=True)
    return Finding("notebooks", f"{count} in {place}")


def kernel() -> Finding:
    """JupyterLab must find a Python kernel, or every notebook opens with a question."""
    listed = said(sys.executable, "-m", "jupyter_client.kernelspecapp", "list", "--json")
    try:
        kernels = json.loads(listed[listed.index("{") : listed.rindex("}") + 1])["kernelspecs"]
    except (TypeError, ValueError, KeyError):
        kernels = {}
    if "python3" not in kernels:
        advice = f"{Path(sys.executable).as_posix()} -m pip install --force-reinstall ipykernel"
        return Finding("kernel", "no python3 kernel", advice, needed=True)
    return Finding("kernel", "python3")


def examine() -> list[Finding]:
    """Everything that is looked at, in the order of the table."""
    packages = [package(requirement) for requirement in requirements()]
    found = [python(), *packages]
    if not any(finding.advice for finding in packages):
        found.append(kernel())
    return [*found, notebooks(), gpu(), dot(), chromium(), node()]


def main() -> int:
    """Print the table; 0 unless the course cannot run."""
    findings = examine()
    width = max(len(finding.name) for finding in findings)
    for finding in findings:
        print(f"{finding.name:{width}}  {finding.state:7}  {finding.found}")
    print()
    stops = [finding for finding in findings if finding.advice and finding.needed]
    for advice in dict.fromkeys(finding.advice for finding in findings if finding.advice):
        print(f"{', '.join(finding.name for finding in findings if finding.advice == advice)}: {advice}.")
    print("The course cannot run yet." if stops else "The course can run.")
    return 1 if stops else 0


if __name__ == "__main__":
    sys.exit(main())
