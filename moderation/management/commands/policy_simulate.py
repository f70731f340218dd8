"""manage.py policy_simulate: replay a policy version over stored scans, here and now."""

import json
from argparse import ArgumentParser
from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from moderation.models import Policy, PolicySimulation
from moderation.policy.replay import LIVE, THEN, changed_of, matrix_of
from moderation.services.simulations import simulation_request, simulation_run
from moderation.states import SimulationState
from tongyi_portal.accounts.models import User
from tongyi_portal.common.errors import AppError


class Command(BaseCommand):
    """Prints the counts; with --json as one line that programs can read."""

    help = "Show what a policy version would have changed in the scans of the last days."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """version, --by, --days, --surface, --kind, --json."""
        parser.add_argument("version", type=int, help="Number of the version, draft or not.")
        parser.add_argument("--by", required=True, help="Name of the account in whose name it runs.")
        parser.add_argument("--days", type=float, default=7.0, help="How far back (default: 7).")
        parser.add_argument("--surface", action="append", default=[], help="Only this surface; may repeat.")
        parser.add_argument("--kind", action="append", default=[], help="Only this job kind; may repeat.")
        parser.add_argument("--json", action="store_true", help="One line of JSON.")

    def handle(self, *args: Any, **options: Any) -> None:
        """Raises CommandError for an unknown version or account, and when nothing can be simulated."""
        policy = Policy.objects.filter(version=options["version"]).first()
        person = User.objects.filter(username=options["by"]).first()
        if policy is None or person is None:
            raise CommandError("There is no such version, or no such account.")
        try:
            simulation = simulation_request(
                policy=policy,
                since=timezone.now() - timedelta(days=options["days"]),
                surfaces=options["surface"],
                job_kinds=options["kind"],
                by=person,
            )
        except (AppError, ValueError) as error:
            raise CommandError(str(error)) from error
        simulation_run(simulation_id=simulation.pk, seconds=float("inf"))
        simulation.refresh_from_db()
        if simulation.state != SimulationState.READY:
            raise CommandError(f"The simulation is {simulation.state}: {simulation.fault}")
        self.stdout.write(json.dumps(_facts(simulation)) if options["json"] else _words(simulation))


def _facts(simulation: PolicySimulation) -> dict[str, Any]:
    return {
        "simulation": str(simulation.pk),
        "examined": simulation.examined,
        THEN: matrix_of(simulation.counts, THEN),
        LIVE: matrix_of(simulation.counts, LIVE),
    }


def _words(simulation: PolicySimulation) -> str:
    lines = [f"{simulation.policy}: {simulation.examined} scans replayed."]
    for baseline, title in ((THEN, "decided then"), (LIVE, "live policy now")):
        matrix = matrix_of(simulation.counts, baseline)
        lines.append(f"Against {title}: {changed_of(matrix)} changed.")
        for before, row in matrix.items():
            lines.append(f"  {before:7}" + "".join(f" → {after} {count:7}" for after, count in row.items()))
    return "\n".join(lines)
