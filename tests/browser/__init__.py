"""Browser tests: a real JupyterLab in a real Chromium. The fixtures are described in conftest.py."""
