"""What `import tensorbook` costs over `import numpy`, in processor time: at most 80 ms, from the second import on.

python benchmarks/imports.py            the figures
python benchmarks/imports.py --check    fails above the bar
"""

import argparse
import os
import subprocess
import sys

BAR = 80.0  # ms
ENVIRONMENT = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}


def milliseconds(module: str) -> float:
    code = f"import {module}, time; print(1000 * time.process_time())"
    return float(subprocess.run([sys.executable, "-c", code], env=ENVIRONMENT, capture_output=True, text=True).stdout)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="fail above the bar")
    check = parser.parse_args().check
    milliseconds("tensorbook")  # writes what later imports read
    pairs = [(milliseconds("numpy"), milliseconds("tensorbook")) for _ in range(9)]
    numpy, tensorbook = (min(times) for times in zip(*pairs, strict=True))
    print(f"numpy {numpy:.0f} ms, tensorbook {tensorbook:.0f} ms: {tensorbook - numpy:.0f} ms more (bar {BAR:.0f})")
    if check and tensorbook - numpy > BAR:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
