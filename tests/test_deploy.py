"""The examples of `deploy/` agree with the agent: options, port, addresses and times."""

import configparser
import re
import shlex
import subprocess
import tomllib
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families
from yarl import URL

from agent_server import VERSION
from agent_server.addresses import is_loopback
from agent_server.config import Settings, load
from agent_server.limits import Limits
from agent_server.metrics import Metrics
from agent_server.wire.clients import HEALTH_PATH
from agent_server.wire.monitoring import METRICS_PATH, READY_PATH
from tests.harness import ROOT

DEPLOY = ROOT / "deploy"
CONFIG = DEPLOY / "agents.toml"
PORT = Settings().port
LAST_TURNS = Limits().last_turns
REST = 5
"""Seconds that the agent has to close the remaining connections."""


def settings(arguments: list[str]) -> Settings:
    """Return the settings from arguments; the example takes the place of their file."""
    return load([str(CONFIG) if each.endswith("/agents.toml") else each for each in arguments])


def test_no_file_looks_like_one_of_an_app():
    """The Supervisor treats every config.yaml as that of an app."""
    assert not list(DEPLOY.rglob("config.y*ml"))


def app() -> dict[str, Any]:
    """The app of the Supervisor."""
    text = (ROOT / "playai_agent" / "config.yaml").read_text("utf-8")
    settings: dict[str, Any] = yaml.safe_load(text)
    return settings


def test_app_gives_running_turns_time_to_end():
    assert app()["timeout"] >= LAST_TURNS + REST


def test_all_use_the_same_image(objects: dict[str, Any]):
    image = f"{app()['image']}:{VERSION}"
    assert compose()["services"]["agent"]["image"] == container(objects)["image"] == image


# The settings.


def test_settings_are_reached_by_other_computers():
    found = load(["--config", str(CONFIG)])
    assert not is_loopback(found.host)
    assert found.port == PORT
    assert [agent.key for agent in found.agents] == [None]


def test_engines_of_the_settings_are_those_of_compose(tmp_path: Path):
    text = CONFIG.read_text("utf-8")
    uncommented = re.sub(r"^# (stt|tts|brain) ", r"\1 ", text, flags=re.MULTILINE)
    path = tmp_path / "agents.toml"
    path.write_text(uncommented, "utf-8")
    assert load(["--config", str(path)]).agents[0].id == "home"
    (agent,) = tomllib.loads(uncommented)["agents"]
    services = compose()["services"]
    for address in (agent["stt"]["wyoming"], agent["tts"]["wyoming"], agent["brain"]["openai"]):
        assert URL(address).host in services
    assert agent["tts"]["voice"] in services["piper"]["command"]
    assert f"ollama pull {agent['brain']['model']}\n" in (DEPLOY / "compose.yaml").read_text(
        "utf-8"
    )


# Compose.


def compose() -> dict[str, Any]:
    project: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text("utf-8"))
    return project


def seconds(text: str) -> int:
    return int(text.removesuffix("s"))


def test_compose_runs_the_agent():
    agent = compose()["services"]["agent"]
    assert settings(agent["command"]).port == PORT
    assert agent["ports"] == [f"{PORT}:{PORT}"]
    assert seconds(agent["stop_grace_period"]) >= LAST_TURNS + REST
    targets = [volume.split(":")[1] for volume in agent["volumes"]]
    assert targets == ["/data", agent["command"][1], "/etc/localtime"]


def test_agent_in_compose_has_the_time_zone_of_the_computer():
    agent = compose()["services"]["agent"]
    assert "/etc/localtime:/etc/localtime:ro" in agent["volumes"]


def test_compose_gives_no_rights():
    agent = compose()["services"]["agent"]
    assert agent["read_only"]
    assert agent["cap_drop"] == ["ALL"]
    assert agent["security_opt"] == ["no-new-privileges:true"]
    assert not agent["user"].startswith(("0", "root"))


def test_other_servers_of_compose_are_optional():
    project = compose()
    for name, service in project["services"].items():
        assert ("profiles" in service) is (name != "agent")
        for volume in service["volumes"]:
            source = volume.split(":")[0]
            is_of_the_computer = source.startswith("/")
            assert is_of_the_computer or source in project["volumes"] or (DEPLOY / source).exists()


# systemd.


def unit() -> dict[str, str]:
    parser = configparser.RawConfigParser(strict=False)
    parser.optionxform = str  # type: ignore[assignment, method-assign]
    parser.read(DEPLOY / "systemd" / "playai-agent.service")
    return dict(parser["Service"])


def test_unit_runs_the_agent():
    service = unit()
    program, *arguments = shlex.split(service["ExecStart"])
    scripts = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["scripts"]
    assert Path(program).name in scripts
    found = settings(arguments)
    assert found.state_dir == Path("/var/lib") / service["StateDirectory"]
    assert f"/etc/{service['ConfigurationDirectory']}/agents.toml" in arguments
    assert int(service["TimeoutStopSec"]) >= LAST_TURNS + REST


def test_installer_installs_what_the_unit_runs():
    script = (DEPLOY / "systemd" / "install").read_text("utf-8")
    program = shlex.split(unit()["ExecStart"])[0]
    assert program.startswith("/opt/playai-agent/current/")
    assert "program=$root/opt/$service" in script
    assert f"service={unit()['User']}" in script
    assert run("bash", "-n", DEPLOY / "systemd" / "install") == (0, "")


@pytest.fixture
def verifiable_unit(tmp_path: Path) -> Path:
    """The unit with a program that exists."""
    path = tmp_path / "playai-agent.service"
    text = (DEPLOY / "systemd" / path.name).read_text("utf-8")
    path.write_text(re.sub("^ExecStart=.*", "ExecStart=/bin/true", text, flags=re.MULTILINE))
    return path


def run(program: str, *arguments: str | Path) -> tuple[int, str]:
    """Return the exit code and the output of a program."""
    result = subprocess.run(  # noqa: S603 (programs of the system)
        ["/usr/bin/env", program, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    return result.returncode, result.stdout


@pytest.fixture
def analyze() -> Callable[..., tuple[int, str]]:
    """Run systemd-analyze, which can check a file without a running systemd since version 250."""
    code, version = run("systemd-analyze", "--version")
    if code or int(re.findall(r"\d+", version)[0]) < 250:
        pytest.skip("there is no systemd 250")
    return partial(run, "systemd-analyze")


def test_unit_is_valid(analyze: Callable[..., tuple[int, str]], verifiable_unit: Path):
    # Units of the system may have warnings of their own.
    assert "playai-agent" not in analyze("verify", verifiable_unit)[1]


def test_unit_has_few_rights(analyze: Callable[..., tuple[int, str]], verifiable_unit: Path):
    """Of 10, systemd calls a service up to 2.0 "OK"; this one needs the network."""
    assert analyze("security", "--offline=yes", "--threshold=20", verifiable_unit)[0] == 0


# Kubernetes.


@pytest.fixture
def objects() -> dict[str, Any]:
    """The objects of Kubernetes, by kind."""
    text = (DEPLOY / "kubernetes.yaml").read_text("utf-8")
    return {each["kind"]: each for each in yaml.safe_load_all(text)}


def container(objects: dict[str, Any]) -> Any:
    (found,) = objects["Deployment"]["spec"]["template"]["spec"]["containers"]
    return found


def test_objects_belong_together(objects: dict[str, Any]):
    deployment = objects["Deployment"]
    labels = deployment["spec"]["template"]["metadata"]["labels"]
    assert deployment["spec"]["selector"]["matchLabels"] == labels
    assert objects["Service"]["spec"]["selector"] == labels
    assert objects["PodDisruptionBudget"]["spec"]["selector"]["matchLabels"] == labels
    target = objects["HorizontalPodAutoscaler"]["spec"]["scaleTargetRef"]
    assert {name: target[name] for name in ("apiVersion", "kind")} == {
        name: deployment[name] for name in ("apiVersion", "kind")
    }
    assert target["name"] == deployment["metadata"]["name"]
    # Otherwise applying the file again would undo the autoscaler's choice.
    assert "replicas" not in deployment["spec"]


def test_pod_runs_the_agent(objects: dict[str, Any]):
    agent = container(objects)
    assert settings(agent["args"]).port == PORT
    assert agent["ports"] == [{"name": "agent", "containerPort": PORT}]
    (port,) = objects["Service"]["spec"]["ports"]
    assert (port["port"], port["targetPort"]) == (PORT, "agent")


def test_pod_has_a_time_zone(objects: dict[str, Any]):
    (variable,) = container(objects)["env"]
    assert variable["name"] == "TZ"
    ZoneInfo(variable["value"])


def test_probes_ask_addresses_of_the_agent(objects: dict[str, Any]):
    agent = container(objects)
    for probe, path in (
        ("startupProbe", HEALTH_PATH),
        ("livenessProbe", HEALTH_PATH),
        ("readinessProbe", READY_PATH),
    ):
        assert agent[probe]["httpGet"] == {"path": path, "port": "agent"}
    notes = objects["Deployment"]["spec"]["template"]["metadata"]["annotations"]
    assert notes["prometheus.io/path"] == METRICS_PATH
    assert notes["prometheus.io/port"] == str(PORT)


def test_pod_stops_after_its_last_turns(objects: dict[str, Any]):
    wait = container(objects)["lifecycle"]["preStop"]["sleep"]["seconds"]
    grace = objects["Deployment"]["spec"]["template"]["spec"]["terminationGracePeriodSeconds"]
    assert wait > 0
    assert grace >= wait + LAST_TURNS + REST


def test_pod_has_no_rights(objects: dict[str, Any]):
    pod = objects["Deployment"]["spec"]["template"]["spec"]
    assert pod["securityContext"]["runAsNonRoot"]
    assert pod["securityContext"]["runAsUser"] > 0
    assert pod["automountServiceAccountToken"] is False
    rights = container(objects)["securityContext"]
    assert rights["readOnlyRootFilesystem"]
    assert not rights["allowPrivilegeEscalation"]
    assert rights["capabilities"] == {"drop": ["ALL"]}


def test_volumes_of_the_pod(objects: dict[str, Any]):
    mounts = {each["name"]: each["mountPath"] for each in container(objects)["volumeMounts"]}
    volumes = objects["Deployment"]["spec"]["template"]["spec"]["volumes"]
    assert sorted(mounts) == sorted(each["name"] for each in volumes)
    assert container(objects)["args"][1].startswith(f"{mounts['settings']}/")
    assert mounts["data"] == "/data"


def test_autoscaler_follows_a_metric_of_the_agent(objects: dict[str, Any]):
    (metric,) = objects["HorizontalPodAutoscaler"]["spec"]["metrics"]
    assert metric["pods"]["metric"]["name"] in set(metric_names())
    most = int(metric["pods"]["target"]["averageValue"])
    assert 0 < most < Settings().max_connections


def metric_names() -> Iterator[str]:
    metrics = Metrics()
    metrics.watch(conversations=int, max_conversations=int, is_ready=bool, waiting=int)
    for family in text_string_to_metric_families(metrics.text().decode()):
        yield family.name
