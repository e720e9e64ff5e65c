"""The tables are read by the tests, not collected as files with examples: each would be imported a second time."""

collect_ignore_glob = ["cases*.py"]
