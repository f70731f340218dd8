"""What stands in deploy/ fits the portal: schemas, settings, commands, ports, probes, times, images.

No cluster is asked. What a schema cannot tell (whether an image can be had, what a cluster's policies say) is
left to whoever applies the files.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml
from django.conf import settings as portal_settings
from django.core.management import get_commands, load_command_class

from tests.architecture.test_settings_are_explained import names_read
from tongyi_portal.operations.middleware import PROBES

KUBERNETES = "1.34"
OF_OTHERS = {"POSTGRES_USER", "POSTGRES_DB", "POSTGRES_PASSWORD", "PGDATA"}  # of images that are not ours
OURS = "tongyi-portal:0.1.0"
WORKERS = {"worker-gpu": "gpu", "worker-light": "light", "worker-outbound": "outbound"}
NO_SCHEMA = {"ScaledObject", "Kustomization"}  # of KEDA and kustomize
PINNED = re.compile(r"[a-z0-9./-]+:v?\d+\.\d+[a-z0-9.-]*")


@pytest.fixture(scope="module")
def folder() -> Path:
    return Path(__file__).resolve().parents[2] / "deploy"


@pytest.fixture(scope="module")
def manifests(folder: Path) -> dict[tuple[str, str], dict[str, Any]]:
    """Every object of the Kubernetes folder by kind and name."""
    files = sorted((folder / "kubernetes").rglob("*.yaml"))
    objects = [one for file in files for one in yaml.safe_load_all(file.read_text())]
    assert len(objects) > 20
    return {
        (one["kind"], one.get("metadata", {}).get("name", "")): one
        for one in objects
        if one["kind"] != "Kustomization"
    }


@pytest.fixture(scope="module")
def compose(folder: Path) -> dict[str, Any]:
    document = yaml.safe_load((folder / "compose.yaml").read_text())
    assert isinstance(document, dict)
    return document


@pytest.fixture(scope="module")
def variables(project_root: Path) -> set[str]:
    files = [
        file for file in (project_root / "tongyi_portal").rglob("*.py") if "migrations" not in file.parts
    ]
    return names_read({str(file): ast.parse(file.read_text()) for file in files})


def pods(manifests: dict[tuple[str, str], dict[str, Any]]) -> Iterator[tuple[str, dict[str, Any]]]:
    for (kind, name), one in manifests.items():
        if kind in {"Deployment", "StatefulSet", "Job"}:
            yield name, one["spec"]["template"]["spec"]


def container(manifests: dict[tuple[str, str], dict[str, Any]], name: str) -> dict[str, Any]:
    return dict(manifests["Deployment", name]["spec"]["template"]["spec"]["containers"][0])


def test_every_manifest_keeps_to_the_schema(manifests: dict[tuple[str, str], dict[str, Any]]) -> None:
    faults = {}
    for (kind, name), one in manifests.items():
        if kind not in NO_SCHEMA:
            try:
                kubernetes_validate.validate(one, KUBERNETES, strict=True)
            except kubernetes_validate.ValidationError as fault:
                faults[kind, name] = fault.message
    assert faults == {}


def test_a_misspelt_field_would_be_found(manifests: dict[tuple[str, str], dict[str, Any]]) -> None:
    wrong = manifests["Deployment", "web"] | {"spce": {}}
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(wrong, KUBERNETES, strict=True)


def test_the_parts_that_were_promised_are_there(manifests: dict[tuple[str, str], dict[str, Any]]) -> None:
    wanted = {("Deployment", name) for name in ("web", "beat", *WORKERS)}
    wanted |= {("StatefulSet", name) for name in ("postgres", "redis", "files")}
    wanted |= {("PodDisruptionBudget", name) for name in ("web", *WORKERS)}
    wanted |= {("ScaledObject", "worker-gpu"), ("HorizontalPodAutoscaler", "worker-gpu"), ("Job", "migrate")}
    assert wanted - set(manifests) == set()


def test_kustomization_names_every_file_that_belongs_to_it(folder: Path) -> None:
    home = folder / "kubernetes"
    named = set(yaml.safe_load((home / "kustomization.yaml").read_text())["resources"])
    by_hand = {"kustomization.yaml", "secret.example.yaml", "migrate.yaml"}
    assert named == {file.name for file in home.glob("*.yaml")} - by_hand


def test_every_variable_is_a_setting(
    manifests: dict[tuple[str, str], dict[str, Any]],
    compose: dict[str, Any],
    folder: Path,
    variables: set[str],
) -> None:
    used = set(manifests["ConfigMap", "portal"]["data"]) | set(manifests["Secret", "portal"]["stringData"])
    for _name, pod in pods(manifests):
        used |= {one["name"] for each in pod["containers"] for one in each.get("env", ())}
    for service in compose["services"].values():
        used |= set(service.get("environment", {}))
    used |= set(re.findall(r"^([A-Z0-9_]+)=", (folder / "compose.env.example").read_text(), re.MULTILINE))
    assert used - OF_OTHERS - variables == set()
    assert {"SECRET_KEY", "DATABASE_URL", "BROKER_URL", "CACHE_URL", "S3_BUCKET", "ALLOWED_HOSTS"} <= used


def test_every_command_is_one_of_manage_py(
    manifests: dict[tuple[str, str], dict[str, Any]], compose: dict[str, Any]
) -> None:
    commands = {
        name: one["args"]
        for name, pod in pods(manifests)
        for one in pod["containers"]
        if one["image"] == OURS
    }
    commands |= {
        f"compose {name}": one["command"] for name, one in compose["services"].items() if one["image"] == OURS
    }
    assert len(commands) == 12
    for name, (command, *rest) in commands.items():
        app = get_commands()[command]
        parser = load_command_class(app, command).create_parser("manage.py", command)  # type: ignore[arg-type]
        parser.called_from_command_line = True
        try:
            parser.parse_args(rest)
        except SystemExit:
            pytest.fail(f"{name}: manage.py refuses {command} {rest}")


def test_each_queue_has_its_worker(manifests: dict[tuple[str, str], dict[str, Any]]) -> None:
    assert set(WORKERS.values()) == {queue.name for queue in portal_settings.CELERY_TASK_QUEUES}
    for name, queue in WORKERS.items():
        assert container(manifests, name)["args"] == ["program", "worker", "--queue", queue]


def test_probes_ask_paths_and_ports_that_are_there(manifests: dict[tuple[str, str], dict[str, Any]]) -> None:
    asked = 0
    for name, pod in pods(manifests):
        for one in pod["containers"]:
            ports = {port["name"]: port["containerPort"] for port in one.get("ports", ())}
            for probe in ("startupProbe", "livenessProbe", "readinessProbe"):
                if (http := one.get(probe, {}).get("httpGet")) is not None:
                    assert http["port"] in ports, (name, probe)
                    assert http["path"] in PROBES, (name, probe)
                    asked += 1
    assert asked == 9
    assert container(manifests, "web")["readinessProbe"]["timeoutSeconds"] > portal_settings.READY_SECONDS
    service = manifests["Service", "web"]["spec"]["ports"][0]
    assert service["targetPort"] in {port["name"] for port in container(manifests, "web")["ports"]}


def test_metrics_are_scraped_where_they_are_shown(manifests: dict[tuple[str, str], dict[str, Any]]) -> None:
    for name in ("web", *WORKERS):
        template = manifests["Deployment", name]["spec"]["template"]
        marks, one = template["metadata"]["annotations"], container(manifests, name)
        assert marks["prometheus.io/port"] in {str(port["containerPort"]) for port in one["ports"]}
        assert marks["prometheus.io/path"] in PROBES
        if name in WORKERS:
            shown = {each["name"]: each["value"] for each in one["env"]}["METRICS_PORT"]
            assert shown == marks["prometheus.io/port"]


def test_programs_are_given_the_time_that_they_take_to_end(
    manifests: dict[tuple[str, str], dict[str, Any]], compose: dict[str, Any]
) -> None:
    drain = int(manifests["ConfigMap", "portal"]["data"]["WORKER_DRAIN_SECONDS"])
    for name in WORKERS:
        assert (
            manifests["Deployment", name]["spec"]["template"]["spec"]["terminationGracePeriodSeconds"]
            >= drain + 20
        )
    web = manifests["Deployment", "web"]["spec"]["template"]["spec"]
    arguments = web["containers"][0]["args"]
    grace = int(arguments[arguments.index("--grace-seconds") + 1])
    pause = int(web["containers"][0]["lifecycle"]["preStop"]["exec"]["command"][1])
    assert web["terminationGracePeriodSeconds"] >= grace + pause + 5
    for name, service in compose["services"].items():
        if name in WORKERS:
            assert (
                int(service["stop_grace_period"].rstrip("s"))
                >= int(service["environment"]["WORKER_DRAIN_SECONDS"]) + 15
            )
    assert int(compose["services"]["web"]["stop_grace_period"].rstrip("s")) >= grace + 5


def test_every_image_has_a_version(
    manifests: dict[tuple[str, str], dict[str, Any]], compose: dict[str, Any], folder: Path
) -> None:
    images = {one["image"] for _name, pod in pods(manifests) for one in pod["containers"]}
    images |= {service["image"] for service in compose["services"].values()}
    images |= set(re.findall(r"^FROM (\S+)", (folder / "Dockerfile").read_text(), re.MULTILINE))
    assert {image for image in images if not PINNED.fullmatch(image)} == set()
    assert len(images) == 5


def test_no_program_has_more_rights_than_it_needs(manifests: dict[tuple[str, str], dict[str, Any]]) -> None:
    for name, pod in pods(manifests):
        assert pod["automountServiceAccountToken"] is False, name
        assert pod["securityContext"]["runAsNonRoot"] is True, name
        for one in pod["containers"]:
            context = one["securityContext"]
            assert context["allowPrivilegeEscalation"] is False, name
            assert context["readOnlyRootFilesystem"] is True, name
            assert context["capabilities"] == {"drop": ["ALL"]}, name
            assert {"requests", "limits"} <= set(one["resources"]), name


def test_selectors_find_the_pods_that_they_mean(manifests: dict[tuple[str, str], dict[str, Any]]) -> None:
    labels = {
        name: one["spec"]["template"]["metadata"]["labels"]
        for (kind, name), one in manifests.items()
        if kind in {"Deployment", "StatefulSet"}
    }
    for (kind, name), one in manifests.items():
        selector = one.get("spec", {}).get("selector")
        if kind in {"Service", "PodDisruptionBudget", "Deployment", "StatefulSet"}:
            assert selector.get("matchLabels", selector) == labels[name], (kind, name)
    components = {each["app.kubernetes.io/component"] for each in labels.values()}
    expressions = manifests["NetworkPolicy", "state"]["spec"]["podSelector"]["matchExpressions"][0]["values"]
    assert set(expressions) <= components


def test_scaling_and_alerts_ask_for_metrics_that_are_shown(
    manifests: dict[tuple[str, str], dict[str, Any]], project_root: Path, folder: Path
) -> None:
    sources = (project_root / "tongyi_portal" / "operations").glob("*.py")
    shown = {name for source in sources for name in re.findall(r'"(portal_[a-z_]+)"', source.read_text())}
    asked = set(re.findall(r"portal_[a-z_]+", (folder / "alerts.yaml").read_text()))
    asked |= set(
        re.findall(
            r"portal_[a-z_]+",
            manifests["ScaledObject", "worker-gpu"]["spec"]["triggers"][0]["metadata"]["query"],
        )
    )
    metric = manifests["HorizontalPodAutoscaler", "worker-gpu"]["spec"]["metrics"][0]["external"]["metric"][
        "name"
    ]
    assert {re.sub(r"_(total|count|bucket|sum)$", "", name) for name in asked | {metric}} - shown == set()
    for scaler in (
        manifests["ScaledObject", "worker-gpu"],
        manifests["HorizontalPodAutoscaler", "worker-gpu"],
    ):
        assert ("Deployment", scaler["spec"]["scaleTargetRef"]["name"]) in manifests


def test_the_image_is_made_of_files_that_are_there(project_root: Path, folder: Path) -> None:
    text = (folder / "Dockerfile").read_text()
    for command in re.findall(r"python manage\.py (\w+)", text):
        assert command in get_commands(), command
    extras = re.search(r"^ARG EXTRAS=(\S+)", text, re.MULTILINE)
    assert extras is not None
    pyproject = (project_root / "pyproject.toml").read_text()
    assert all(f"\n{extra} = [" in pyproject for extra in extras[1].split(","))
    assert "USER 10001" in text
