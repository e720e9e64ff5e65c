"""Joining ES modules, and that every widget's own modules can be joined and are valid JavaScript."""

import shutil
import subprocess
from pathlib import Path

import pytest

pytest.importorskip("anywidget")

from tensorbook.widgets import esm

JS = Path(esm.__file__).parent / "js"
NODE = shutil.which("node")


@pytest.fixture
def write(tmp_path):
    def write(**modules: str) -> Path:
        for name, text in modules.items():
            (tmp_path / f"{name}.js").write_text(text, encoding="utf-8")
        return tmp_path / f"{next(iter(modules))}.js"

    return write


def evaluate(text: str, tmp_path: Path) -> str:
    if NODE is None:
        pytest.skip("node is not installed")
    (tmp_path / "joined.mjs").write_text(text, encoding="utf-8")
    code = "import(process.argv[1]).then((m) => console.log(JSON.stringify(m.default)))"
    done = subprocess.run(
        [NODE, "--input-type=module", "-e", code, str(tmp_path / "joined.mjs")],
        capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_helpers_keep_their_private_names_and_run_once(write, tmp_path):
    entry = write(
        main='import { a, count as n } from "./one.js";\nimport { b } from "./two.js";\nconst x = 3;\n'
        "export default [a(), b(), x, n()];\n",
        one="let x = 1;\nlet calls = 0;\nexport function a() { calls += 1; return x; }\n"
        "export const count = () => calls;\n",
        two='import { a } from "./one.js";\nconst x = 2;\nexport const b = () => [x, a()];\n',
    )
    assert evaluate(esm.join(entry), tmp_path) == "[1,[2,1],3,2]"


@pytest.mark.parametrize(
    ("modules", "words"),
    [
        ({"main": 'import { a } from "./none.js";\n'}, "none.js, which does not exist"),
        ({"main": 'import { a } from "lodash";\n'}, "only relative paths"),
        ({"main": 'import * as all from "./one.js";\n', "one": ""}, "cannot join the line 'import \\* as all"),
        ({"main": 'import { b } from "./one.js";\n', "one": "export const a = 1;\n"}, "b from one.js, which does not"),
        ({"main": 'import { a } from "./one.js";\n', "one": "export { a };\n"}, "cannot join the line 'export { a };'"),
        ({"main": 'import { a } from "./one.js";\n', "one": "export const a = 1;\nexport default a;\n"}, "default"),
        (
            {"main": 'import { a } from "./one.js";\n', "one": 'import { b } from "./main.js";\nexport const a = 1;\n'},
            "imports itself",
        ),
    ],
)
def test_what_cannot_be_joined_is_named(write, modules, words):
    with pytest.raises(ImportError, match=words):
        esm.join(write(**modules))


@pytest.mark.parametrize("entry", sorted(p for p in JS.glob("*.js") if "\nexport default" in p.read_text("utf-8")))
def test_every_widget_joins_into_one_valid_module(entry, tmp_path):
    text = esm.join(entry)
    assert "\nimport " not in text
    assert evaluate(text.replace("export default", "export default typeof"), tmp_path) == '"object"'
