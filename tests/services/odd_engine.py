"""Included by a real worker: the engine of dance videos does what the seed of a job says, one colour
scans."""

import os
import signal
import threading

from generation import resident_engines
from generation.engines.base import DanceRequest, EngineContext, VideoResult
from moderation.services import scanning
from tests.factories.engines import PlainEngine
from tests.factories.scanners import COLOUR_AND_WORDS
from tongyi_portal.common.registry import LazyRegistry

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


resident_engines._engines["animation"] = OddEngine()
scanning.SCANNERS = LazyRegistry(COLOUR_AND_WORDS)
