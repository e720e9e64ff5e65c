"""Join a widget's ES modules into one text, in memory.

A widget's front end is loaded from a blob, where relative imports cannot be resolved, so the modules that it imports
are put in front of it. Each is evaluated once, in a function of its own: two modules may use the same private name.
"""

import re
from functools import cache
from pathlib import Path

_IMPORT = re.compile(r'^import \{([^}]*)\} from "([^"]+)";', re.M)
_EXPORT = re.compile(r"^export (?=(?:async function|function\*?|class|const|let) (\w+))", re.M)
_OTHER = re.compile(r"^(import\b.*|export\b(?! default\b).*)", re.M)


@cache
def join(entry: Path) -> str:
    """The text of `entry` with all that it imports; only `import { a, b as c } from "./file.js";` is understood."""
    scopes: dict[Path, str] = {}
    body = _resolve(entry.resolve(), scopes, ())
    return "\n".join([*scopes.values(), body])


def _resolve(path: Path, scopes: dict[Path, str], waiting: tuple[Path, ...]) -> str:
    """The body of one module, its imports turned into constants; each module that it needs is added to `scopes`."""
    if path in waiting:
        raise ImportError(f"{path.name} imports itself, by way of {' -> '.join(p.name for p in waiting)}")
    if not path.is_file():
        raise ImportError(f"{waiting[-1].name if waiting else 'a widget'} needs {path}, which does not exist")
    text = path.read_text(encoding="utf-8")

    def scope(match: re.Match[str]) -> str:
        if not match[2].startswith(("./", "../")):
            raise ImportError(f'{path.name} imports "{match[2]}": only relative paths can be joined')
        helper = (path.parent / match[2]).resolve()
        if helper not in scopes:
            code = _resolve(helper, scopes, (*waiting, path))
            names = ", ".join(_EXPORT.findall(code))
            code = _EXPORT.sub("", code)
            scopes[helper] = f"const __{len(scopes)} = (() => {{\n{code}\nreturn {{ {names} }};\n}})();"
        number = list(scopes).index(helper)
        names = [name.strip() for name in match[1].split(",") if name.strip()]
        for name in names:
            if not re.search(rf"return {{.*\b{re.escape(name.split()[0])}\b.*}};\n}}\)\(\);$", scopes[helper]):
                raise ImportError(f"{path.name} imports {name.split()[0]} from {helper.name}, which does not export it")
        return f"const {{ {', '.join(name.replace(' as ', ': ') for name in names)} }} = __{number};"

    body = _IMPORT.sub(scope, text)
    if other := _OTHER.search(_EXPORT.sub("", body)):
        raise ImportError(f"{path.name}: cannot join the line {other[0]!r}")
    if waiting and re.search(r"^export default\b", body, re.M):
        raise ImportError(f"{path.name} has a default export: only a widget's own module may")
    return body
