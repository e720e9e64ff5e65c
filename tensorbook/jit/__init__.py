"""`torch.jit`: functions and modules that have been checked to be what TorchScript can express.

They run as they are, operation by operation, with the same numbers; no program is made of them. What PyTorch would not
compile is refused here too, when it is scripted and not when it runs.
"""

from .language import FrontendError, NotSupportedError, UnsupportedNodeError
from .markers import annotate, export, ignore, is_scripting, is_tracing, unused
from .scripting import ScriptFunction, ScriptModule, load, save, script
from .tracing import trace

__all__ = [
    "FrontendError",
    "NotSupportedError",
    "ScriptFunction",
    "ScriptModule",
    "UnsupportedNodeError",
    "annotate",
    "export",
    "ignore",
    "is_scripting",
    "is_tracing",
    "load",
    "save",
    "script",
    "trace",
    "unused",
]
