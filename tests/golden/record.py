"""Record what PyTorch shows, for machines without it: `python -m tests.golden.record` (PyTorch 2.13.0, on a CPU)."""

import json
import os
from pathlib import Path
from typing import Any

from tests import oracle


def rounded(value: Any, dtype: str = "") -> Any:
    """Nine digits tell two float32 numbers apart; fewer make a smaller file."""
    if isinstance(value, float):
        return value if dtype == "float64" else float(f"{value:.9g}")
    if isinstance(value, dict):
        return {key: rounded(part, value.get("dtype", "")) for key, part in value.items()}
    return [rounded(part, dtype) for part in value] if isinstance(value, list) else value


def write(name: str, records: dict[str, Any]) -> None:
    """One line per record, so that a change shows as one line."""
    lines = [f"{json.dumps(key)}: {json.dumps(rounded(records[key]))}" for key in sorted(records)]
    path = oracle.GOLDEN / f"{name}.json"
    scratch = path.with_suffix(".tmp")
    scratch.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")
    os.replace(scratch, path)
    print(f"{path.relative_to(Path.cwd())}: {len(records)} records, {path.stat().st_size // 1024} KiB")


def operations(torch: Any, cases: dict[str, oracle.Case]) -> dict[str, Any]:
    """A record per case; one more where strided inputs lead to another."""
    records = {}
    for name, case in cases.items():
        records[name] = oracle.observe(case, torch)
        strided = oracle.observe(case, torch, "strided")
        try:
            oracle.compare(strided, records[name], strides=False, graph=False)
        except AssertionError:
            records[f"{name} (strided)"] = strided
    return records


def main() -> None:
    torch = oracle.require_torch()
    from tests.ops.cases import CASES
    from tests.test_errors import ERRORS, error_of
    from tests.test_printed import PRINTED
    from tests.test_random import RANDOM, drawn

    torch.set_num_threads(1)
    write("ops", operations(torch, CASES))
    write("errors", {name: error_of(torch, call) for name, call in ERRORS.items()})
    write("printed", {name: repr(call(torch)) for name, call in PRINTED.items()})
    write("random", {name: drawn(torch, name) for name in RANDOM})


if __name__ == "__main__":
    main()
