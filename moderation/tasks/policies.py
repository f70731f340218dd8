"""Tasks on the light queue: simulation_run, rescan_run, rescan_apply, policy_work_resume."""

import uuid

from celery import shared_task

from moderation.services import rescans, simulations
from tongyi_portal.common.queue import enqueue


@shared_task(name=simulations.RUN_TASK)
def simulation_run(simulation_id: str) -> None:
    """Replay the next part of a simulation. Safe to run twice."""
    simulations.simulation_run(simulation_id=uuid.UUID(simulation_id))


@shared_task(name=rescans.RUN_TASK)
def rescan_run(rescan_id: str) -> None:
    """Look at the next part of the visible content. Safe to run twice."""
    rescans.rescan_run(rescan_id=uuid.UUID(rescan_id))


@shared_task(name=rescans.APPLY_TASK)
def rescan_apply(rescan_id: str) -> None:
    """Carry out the changes of a rescan that a person has asked for. Safe to run twice."""
    rescans.rescan_apply(rescan_id=uuid.UUID(rescan_id))


@shared_task(name="moderation.tasks.light.policy_work_resume")
def policy_work_resume() -> None:
    """Wake simulations and rescans whose task was lost. Safe at any time."""
    for simulation_id in simulations.simulations_lost():
        enqueue(simulations.RUN_TASK, simulation_id)
    for task, rescan_id in rescans.rescans_lost():
        enqueue(task, rescan_id)
