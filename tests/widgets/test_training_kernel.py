"""The training dashboard in a real Jupyter kernel: messages, cells and interrupts are served while it trains."""

import ast
import time

import pytest

pytest.importorskip("anywidget", reason="anywidget comes with the extra `notebooks`")
manager = pytest.importorskip("jupyter_client.manager", reason="jupyter_client comes with the extra `notebooks`")

SETUP = """
import tensorbook as torch
from tensorbook.widgets import TrainingDashboard
w = torch.tensor(2.0, requires_grad=True)
def step(lr):
    w.grad = None
    loss = (w - 1) ** 2
    loss.backward()
    with torch.no_grad():
        w.sub_(lr * w.grad)
    return loss
dashboard = TrainingDashboard(step, parameters=[w], lr=1e-5)
"""


class Kernel:
    """A kernel, and the page's part of the conversation with it."""

    def __init__(self):
        self.manager, self.client = manager.start_new_kernel(kernel_name="python3", startup_timeout=60)
        self.run(SETUP)
        self.comm = self.value("dashboard.comm.comm_id")
        self.subshell = None

    def run(self, code):
        reply = self.client.execute(code, reply=True, timeout=60)
        assert reply["content"]["status"] == "ok", reply["content"]

    def value(self, expression):
        while True:  # for a moment after a cell has failed, a kernel aborts what comes in
            reply = self.client.execute("", silent=True, user_expressions={"v": expression}, reply=True, timeout=60)
            if reply["content"]["status"] != "aborted":
                return ast.literal_eval(reply["content"]["user_expressions"]["v"]["data"]["text/plain"])

    def forget_the_past(self):
        """Read all that the kernel has told the page so far."""
        request = self.client.execute("")
        while True:
            message = self.client.get_iopub_msg(timeout=20)
            ours = message["parent_header"].get("msg_id") == request
            if ours and message["content"].get("execution_state") == "idle":
                return

    def open_subshell(self):
        """JupyterLab sends the messages of widgets to a subshell, a thread of its own, where the kernel has one."""
        features = self.client.kernel_info(reply=True, timeout=20)["content"].get("supported_features", [])
        if "kernel subshells" not in features:
            pytest.skip("this kernel has no subshells")
        self.client.control_channel.send(self.client.session.msg("create_subshell_request", {}))
        self.subshell = self.client.get_control_msg(timeout=20)["content"]["subshell_id"]

    def press(self, kind, **data):
        content = {"comm_id": self.comm, "data": {"method": "custom", "content": {"kind": kind, "data": data}}}
        message = self.client.session.msg("comm_msg", content)
        if self.subshell:
            message["header"]["subshell_id"] = self.subshell
        self.client.shell_channel.send(message)

    def seconds_until(self, status, seconds=20):
        """Until the kernel has told the page this status."""
        start = time.perf_counter()
        while time.perf_counter() - start < seconds:
            message = self.client.get_iopub_msg(timeout=seconds)
            state = message["content"].get("data", {}).get("state", {}) if message["msg_type"] == "comm_msg" else {}
            if state.get("picture", {}).get("status") == status:
                return time.perf_counter() - start
        raise AssertionError(f"never {status}")


@pytest.fixture(scope="module")
def started():
    kernel = Kernel()
    yield kernel
    kernel.client.stop_channels()
    kernel.manager.shutdown_kernel(now=True)


@pytest.fixture(params=["main shell", "subshell"])
def kernel(started, request):
    started.subshell = None
    started.run("dashboard.reset()")
    if request.param == "subshell":
        started.open_subshell()
    started.forget_the_past()
    return started


def test_pause_is_answered_at_once_while_it_trains(kernel):
    latencies = []
    for _ in range(7):
        kernel.press("run")
        kernel.seconds_until("running")
        time.sleep(0.15)
        kernel.press("pause")
        latencies.append(kernel.seconds_until("paused"))
    assert kernel.value("dashboard.step_count") > 100
    assert sorted(latencies)[3] < 0.05, latencies


def test_cells_run_meanwhile_and_see_whole_steps(kernel):
    kernel.press("run")
    kernel.seconds_until("running")
    counts = []
    for _ in range(5):
        start = time.perf_counter()
        counts.append(kernel.value("dashboard.step_count"))
        assert time.perf_counter() - start < 1
        time.sleep(0.05)
    assert counts == sorted(set(counts))
    assert kernel.value("dashboard.running")
    assert kernel.value("round(float((w - 1) ** 2) / float(dashboard.history['loss'][-1]), 3)") == 1.0
    kernel.press("pause")
    kernel.seconds_until("paused")


def test_a_cell_that_waits_asynchronously_lets_it_train(kernel):
    kernel.press("run")
    kernel.seconds_until("running")
    kernel.run("import asyncio\nbefore = dashboard.step_count\nawait asyncio.sleep(0.3)\nafter = dashboard.step_count")
    assert kernel.value("after - before") > 20
    kernel.press("pause")
    kernel.seconds_until("paused")


def test_an_interrupt_between_cells_pauses_after_a_whole_step(kernel):
    kernel.press("run")
    kernel.seconds_until("running")
    time.sleep(0.2)
    kernel.manager.interrupt_kernel()
    kernel.seconds_until("paused")
    assert kernel.value("dashboard.picture['sentence']").endswith(": interrupted")
    assert kernel.value("round(float((w - 1) ** 2) / float(dashboard.history['loss'][-1]), 3)") == 1.0
    assert kernel.value("1 + 1") == 2
    kernel.press("run")
    kernel.seconds_until("running")
    kernel.press("pause")
    kernel.seconds_until("paused")


def test_an_interrupt_of_a_cell_while_it_trains_stops_the_cell(kernel):
    kernel.press("run")
    kernel.seconds_until("running")
    request = kernel.client.execute("import time\ntime.sleep(30)")
    time.sleep(0.5)
    kernel.manager.interrupt_kernel()
    while (reply := kernel.client.get_shell_msg(timeout=10))["parent_header"].get("msg_id") != request:
        pass
    assert reply["content"]["ename"] == "KeyboardInterrupt"
    assert kernel.value("1 + 1") == 2
    kernel.press("pause")
    kernel.seconds_until("paused")


def test_an_interrupt_of_run_pauses_between_two_steps(kernel):
    request = kernel.client.execute("dashboard.run(steps=10**9)")
    time.sleep(0.5)
    kernel.manager.interrupt_kernel()
    while (reply := kernel.client.get_shell_msg(timeout=10))["parent_header"].get("msg_id") != request:
        pass
    assert (reply["content"]["ename"], reply["content"]["evalue"][:23]) == (
        "KeyboardInterrupt",
        "training paused at step",
    )
    assert kernel.value("dashboard.status") == "paused"
    assert kernel.value("len(dashboard.history['step'])") > 0
