"""Everything that a program needs to be a process agent of Planwright, in one file without dependencies: copy it beside your agent.

    from planwright_agent import serve

    def work(task):
        task.progress(0.5, "half way")
        return {"said": task.prompt}

    serve(work)

It beats, runs each task in a thread of its own, answers with what the function returns or raises, passes cancelling on, and leaves when
it is asked to or when nobody is there any more. Python 3.9 or newer. The protocol is described in Planwright's documentation, "Agents".
"""

import json
import math
import os
import sys
import threading

PROTOCOL = 1
MOST_BYTES = 1024 * 1024  # Planwright takes no longer message.


class TaskError(Exception):
    """Raise it to say more than a message about why a task failed. `retryable`: another try may help."""

    def __init__(self, message, code="error", retryable=False):
        super().__init__(message)
        self.code = code
        self.retryable = retryable


class Cancelled(TaskError):
    """Nobody wants the result any more."""

    def __init__(self):
        super().__init__("cancelled", code="cancelled")


class Task:
    """What an agent is asked to do, and what it can say while it does it."""

    def __init__(self, message, say):
        self.id = message["task"]  # Of this attempt.
        self.capability = message["capability"]
        self.prompt = message["prompt"]  # Everything about the task as one text.
        self.parameters = message["parameters"]  # The same in parts.
        self.folder = message["folder"]  # Where to work.
        self.attempt = message["attempt"]  # Counts from 1.
        self.idempotency_key = message["idempotencyKey"]  # What was done under it must not be done twice.
        self.timeout = message["timeout"]  # In ms, or None.
        self.cancelled = threading.Event()
        self._say = say

    def check(self):
        """Raises Cancelled when nobody wants the result any more: to be called now and then."""
        if self.cancelled.is_set():
            raise Cancelled()

    def progress(self, fraction, message=""):
        self._say({"type": "progress", "fraction": fraction, "message": message})

    def decision(self, message, **metrics):
        self._say({"type": "decision", "message": message, "metrics": metrics})

    def action(self, name, amount=None, result=None):
        self._say({"type": "action", "name": name, "amount": amount, "result": result})

    def llm_call(self, model, **more):
        self._say({"type": "llm_call", "model": model, **more})

    def cost(self, amount, **more):
        # JSON has no NaN: as a text it is refused and recorded, as it should be.
        finite = not isinstance(amount, float) or math.isfinite(amount)
        self._say({"type": "cost", "cost": {**more, "amount": amount if finite else str(amount)}})

    def log(self, message, level="info"):
        self._say({"type": "log", "level": level, "message": str(message)})


def serve(work, warm_up=lambda: None, capabilities=None):
    """Runs the agent until it is asked to leave. `work` gets a Task and returns the result; what it raises makes the attempt fail."""
    # What a task prints, also one that is written in C, must not come between the messages.
    sys.stdout.flush()
    channel = os.fdopen(os.dup(1), "wb", buffering=0)
    os.dup2(2, 1)
    _Agent(work, warm_up, capabilities, channel).run()


class _Agent:
    def __init__(self, work, warm_up, capabilities, channel):
        self._work = work
        self._warm_up = warm_up
        self._capabilities = capabilities
        self._channel = channel
        self._writing = threading.Lock()
        self._running = {}
        self._threads = []
        self._heartbeat = 10.0
        self._beating = threading.Event()

    def run(self):
        threading.Thread(target=self._beat, daemon=True).start()
        for line in sys.stdin.buffer:
            message = json.loads(line)
            kind = message["type"]
            if kind == "hello":
                self._greet(message)
            elif kind == "task":
                self._start(message)
            elif kind == "cancel" and message["task"] in self._running:
                self._running[message["task"]].cancelled.set()
            elif kind == "shutdown":
                for thread in self._threads:
                    thread.join()
                break
        # Nobody is there any more, or everything is done; threads that hang must not hold us.
        os._exit(0)

    def _greet(self, message):
        if message["protocol"] != PROTOCOL:
            print(f"Planwright speaks protocol {message['protocol']}; this agent knows {PROTOCOL}", file=sys.stderr)
        self._heartbeat = message["heartbeat"] / 1000
        self._send({"type": "heartbeat"})
        self._beating.set()
        self._warm_up()
        self._send({"type": "ready"} if self._capabilities is None else {"type": "ready", "capabilities": self._capabilities})

    def _beat(self):
        self._beating.wait()
        pause = threading.Event()
        while True:
            pause.wait(self._heartbeat)
            self._send({"type": "heartbeat"})

    def _start(self, message):
        task = Task(message, lambda said: self._say(message["task"], said))
        self._running[task.id] = task
        thread = threading.Thread(target=self._perform, args=(task,), daemon=True)
        self._threads = [one for one in self._threads if one.is_alive()] + [thread]
        thread.start()

    def _perform(self, task):
        try:
            self._say(task.id, {"type": "result", "result": self._work(task)})
        except BaseException as error:  # Also what would end the thread: its task must hear of it.
            code = getattr(error, "code", "error") if isinstance(error, TaskError) else "error"
            retryable = isinstance(error, TaskError) and error.retryable
            text = str(error) or type(error).__name__
            code = "cancelled" if task.cancelled.is_set() else code
            self._say(task.id, {"type": "error", "code": code, "message": text[:10_000], "retryable": retryable})
        self._running.pop(task.id, None)

    def _say(self, task, said):
        if task in self._running:
            self._send({"task": task, **said})

    def _send(self, message):
        try:
            line = (json.dumps(message, allow_nan=False) + "\n").encode()
        except (TypeError, ValueError, RecursionError) as error:
            raise TaskError(f"a {message['type']} that is no JSON: {error}") from error
        if len(line) >= MOST_BYTES:
            raise TaskError(f"a {message['type']} above 1 MB: write it into a file")
        with self._writing:
            try:
                view = memoryview(line)
                while view:
                    view = view[self._channel.write(view) :]
            except OSError:
                os._exit(0)
