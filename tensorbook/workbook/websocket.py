"""JupyterLab's connection to a kernel, without the pause that TCP makes between short messages.

TCP holds back a short message while the one before it is not acknowledged, and the other side may wait 40 ms with that
(RFC 896 and RFC 1122). What a widget shows would come so much later.
"""

from __future__ import annotations

from typing import Any

from jupyter_server.services.kernels.connection.channels import ZMQChannelsWebsocketConnection


class PromptConnection(ZMQChannelsWebsocketConnection):
    """Sends each message at once."""

    def connect(self) -> Any:
        """Begin to pass messages on, as the page has opened its side."""
        self.websocket_handler.set_nodelay(True)
        return super().connect()
