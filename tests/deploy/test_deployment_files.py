"""The files of deploy/ and their page agree with the commands, the settings and the files of this version."""

import fnmatch
import re
import shlex
from pathlib import Path
from typing import Any

import click
import pytest
import typer.main
import yaml

from garrison.cli.app import app
from garrison.data.stores import open_store
from garrison.errors import StoreUnreachable

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
PAGE = (ROOT / "docs" / "deploy.md").read_text()
COMPOSE: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
CONTAINER = (DEPLOY / "Containerfile").read_text()


def parse(words: list[str]) -> None:
    """Read a command line of Garrison as the command itself would, and do nothing."""
    command: click.Command = typer.main.get_command(app)
    context = click.Context(command)
    while isinstance(command, click.Group) and words and not words[0].startswith("-"):
        found = command.get_command(context, words[0])
        assert found is not None, f"no command {words[0]}"
        command, words = found, words[1:]
    with context:
        command.make_context("garrison", list(words), parent=context)


def page_commands() -> list[str]:
    blocks = re.findall(r"^ *```bash\n(.*?)^ *```$", PAGE, re.MULTILINE | re.DOTALL)
    lines = "\n".join(blocks).replace("\\\n", " ").splitlines()
    starts = r"^\s*(?:garrison|house run --rm (?:--no-TTY )?task|docker run .*\sgarrison) (.+)$"
    return [found[1] for line in lines if (found := re.match(starts, line))]


def test_the_page_has_commands() -> None:
    assert len(page_commands()) >= 12


@pytest.mark.parametrize("line", page_commands())
def test_every_command_of_the_page_is_one(line: str) -> None:
    parse(shlex.split(line.partition(" > ")[0], comments=True))


def test_a_command_that_is_none_would_be_found() -> None:
    with pytest.raises(click.UsageError):
        parse(["serve", "--no-such-option"])


def test_the_service_starts_with_options_it_knows() -> None:
    parse(SERVICES["garrison"]["command"])


def test_the_log_is_the_address_of_a_store() -> None:
    (log,) = [word for word in SERVICES["garrison"]["command"] if word.startswith("--log=")]
    with pytest.raises(StoreUnreachable):
        open_store(log.removeprefix("--log="), timeout_s=0.2)


@pytest.mark.filterwarnings("ignore")
def test_mlflow_starts_with_options_it_knows() -> None:
    from mlflow.cli import server

    context = server.make_context("server", list(SERVICES["mlflow"]["command"]))
    assert context.params["app_name"] == "basic-auth"


@pytest.mark.parametrize("name", SERVICES)
def test_images_are_pinned(name: str) -> None:
    image, _, tag = SERVICES[name]["image"].partition(":")
    assert image
    assert tag == "local" or re.match(r"v?\d+\.\d+", tag)


@pytest.mark.parametrize("name", sorted(SERVICES.keys() - {"task", "bucket", "garrison"}))
def test_what_stays_up_has_a_health_check(name: str) -> None:
    assert SERVICES[name]["healthcheck"]["test"]


def test_the_image_has_a_health_check_and_no_rights() -> None:
    assert re.search(r"^HEALTHCHECK ", CONTAINER, re.MULTILINE)
    assert re.findall(r"^USER (.+)$", CONTAINER, re.MULTILINE)[-1] == "10001:10001"
    for name in ("garrison", "task"):
        assert SERVICES[name]["read_only"]
        assert SERVICES[name]["cap_drop"] == ["ALL"]


def test_what_is_copied_is_there_and_reaches_the_builder() -> None:
    rules = (DEPLOY / "Containerfile.dockerignore").read_text().splitlines()
    let_in = [rule[1:] for rule in rules if rule.startswith("!")]
    for line in re.findall(r"^COPY (?!--from)(.+)$", CONTAINER, re.MULTILINE):
        for name in line.split()[:-1]:
            assert (ROOT / name).exists()
            assert any(fnmatch.fnmatch(name, rule) for rule in let_in), name


def test_every_password_is_asked_for_and_none_is_given() -> None:
    asked = set(re.findall(r"\$\{([A-Z0-9_]+)", (DEPLOY / "compose.yml").read_text()))
    offered = dict(re.findall(r"^([A-Z0-9_]+)=(.*)$", (DEPLOY / "env.example").read_text(), re.MULTILINE))
    assert asked == offered.keys()
    assert not any(value for name, value in offered.items() if name != "GARRISON_PORT")


def test_prometheus_asks_the_service_with_a_key() -> None:
    (job,) = yaml.safe_load((DEPLOY / "prometheus.yml").read_text())["scrape_configs"]
    assert job["static_configs"] == [{"targets": ["garrison:8080"]}]
    assert job["authorization"]["credentials_file"] == "/run/secrets/" + SERVICES["prometheus"]["secrets"][0]
