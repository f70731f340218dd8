"""An engine of dance videos that does what the seed of a job says."""

import os
import signal
import threading

from generation.engines.base import DanceRequest, EngineContext, VideoResult
from tests.factories.engines import PlainEngine

PLAIN, KILLS, HANGS, GROWS = 1, 2, 3, 4


class OddEngine(PlainEngine):
    def run(self, request: DanceRequest, context: EngineContext) -> VideoResult:
        (context.scratch / "half-made").touch()
        if context.seed == KILLS:
            os.kill(os.getpid(), signal.SIGKILL)
        held = []
        while context.seed in {HANGS, GROWS}:
            if context.seed == GROWS:
                held.append(bytearray(os.urandom(1) * 50 * 2**20))
            threading.Event().wait(0.05)
        return super().run(request, context)
