"""What the documents say is so: commands exist, keys and defaults are the code's, links lead."""

from __future__ import annotations

import ast
import json
import re
import tomllib
from pathlib import Path

import pytest
from pydantic import BaseModel
from pydantic.fields import FieldInfo

import app
import doctor
from config import Config, load
from connector import PROVIDERS
from connector.protocol import Ability, Provider, Role
from sandbox.story.companies import COMPANIES
from tests.test_shape import ROOMS

HOME = Path(__file__).resolve().parent.parent
README = HOME / "README.md"
PAGES = [README, HOME / "CHANGELOG.md", *sorted((HOME / "docs").rglob("*.md"))]
EXAMPLE = HOME / "config.example.toml"
CONFIGURATION = HOME / "docs" / "configuration.md"
PROVIDER_PAGE = HOME / "docs" / "providers.md"
OPERATIONS = HOME / "docs" / "operations.md"

# run.py hands these two to the gate; every other word is a command of app.py.
GATE = {"test", "check"}
COMMANDS = app.main.every()
SPOKEN = re.compile(r"(?:python3 run\.py|(?<![\w./])dunnock) ([a-z][a-z-]*)")
LINK = re.compile(r"\]\(([^)#\s]+)(?:#[^)]*)?\)")


def fields() -> dict[str, FieldInfo]:
    """Give every key of the configuration as `section.key` with its field."""
    found: dict[str, FieldInfo] = {}
    for section, field in Config.model_fields.items():
        kind = field.annotation
        assert isinstance(kind, type)
        assert issubclass(kind, BaseModel)
        found |= {f"{section}.{key}": inner for key, inner in kind.model_fields.items()}
    return found


def default(key: str) -> object:
    """Give a key's default as TOML knows it: a secret as its text, a tuple as a list."""
    section, name = key.split(".")
    value = getattr(getattr(Config(), section), name)
    if hasattr(value, "get_secret_value"):
        return value.get_secret_value()
    return list(value) if isinstance(value, tuple) else value


def code(page: Path) -> str:
    """Give what a page shows as code: inline and indented or fenced, where commands stand."""
    text = page.read_text("utf-8")
    blocks = re.findall(r"```.*?```|`[^`\n]+`|^    .+$", text, re.DOTALL | re.MULTILINE)
    return "\n".join(blocks)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_command_a_page_names_exists(page: Path) -> None:
    named = set(SPOKEN.findall(code(page)))
    assert named - GATE - COMMANDS.keys() == set()


def test_every_command_is_documented() -> None:
    named = {word for page in PAGES for word in SPOKEN.findall(code(page))}
    assert (GATE | COMMANDS.keys()) - named == set()


def test_every_command_has_help_with_an_example() -> None:
    bare = [name for name, command in COMMANDS.items() if f"dunnock {name}" not in help_of(command)]
    assert bare == []


def help_of(command: object) -> str:
    return f"{getattr(command, 'help', '')}{getattr(command, 'epilog', '')}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_between_pages_leads_somewhere(page: Path) -> None:
    targets = [link for link in LINK.findall(page.read_text("utf-8")) if "://" not in link]
    assert [link for link in targets if not (page.parent / link).exists()] == []


def test_the_index_names_every_page() -> None:
    index = HOME / "docs" / "index.md"
    linked = {(index.parent / link).resolve() for link in LINK.findall(index.read_text("utf-8"))}
    assert [page.name for page in PAGES if page != index and page.resolve() not in linked] == []


def said_of(provider: Provider, role: Role) -> dict[str, str]:
    """Give what the table of providers says of one in one of its roles."""
    bounds = provider.limits
    uses = {Role.BOOKS: "ledger", Role.PAYMENTS: "payments"}
    return {
        "": provider.title,
        "used as": uses[role],
        **{str(one): "yes" if one in provider.roles[role] else "no" for one in Ability},
        "calls a minute, at most": str(bounds.per_minute),
        "calls a day, at most": str(bounds.per_day or "as many as are needed"),
        "answer to a forged webhook": str(provider.bad_signature_status),
    }


def matrix() -> list[str]:
    """Make the rows of the table of providers from the code."""
    columns = [said_of(one, role) for one in PROVIDERS.values() for role in one.roles]
    return [
        f"| {name} | ".lstrip().replace("|  |", "| |")
        + " | ".join(one[name] for one in columns)
        + " |"
        for name in columns[0]
    ]


@pytest.mark.parametrize(("page", "rows"), [(README, 2 + len(Ability)), (PROVIDER_PAGE, None)])
def test_the_table_of_providers_is_the_codes(page: Path, rows: int | None) -> None:
    text = page.read_text("utf-8")
    assert [row for row in matrix()[:rows] if f"{row}\n" not in text] == []


@pytest.mark.parametrize("name", PROVIDERS)
def test_the_addresses_to_register_are_in_the_readme_and_exist(name: str) -> None:
    text = README.read_text("utf-8")
    assert f"`/connect/{name}/callback` | `/webhooks/{name}` |" in text


def measures() -> set[str]:
    """Give the measures of the demo's closing table: what is passed on as one in its code."""
    module = ast.parse((HOME / "worlds" / "report.py").read_text("utf-8"))
    calls = [node for node in ast.walk(module) if isinstance(node, ast.Call)]
    return {
        argument.value
        for call in calls
        if isinstance(call.func, ast.Name) and call.func.id in {"_counted", "_summed"}
        for argument in call.args
        if isinstance(argument, ast.Constant) and isinstance(argument.value, str)
    }


def test_the_demos_table_in_the_readme_has_every_measure_and_ties_out() -> None:
    rows = re.findall(r"^    │ (.+) │$", README.read_text("utf-8"), re.MULTILINE)
    cells = [[cell.strip() for cell in row.split("│")] for row in rows]
    assert {row[1] for row in cells} == measures()
    assert {row[0] for row in cells} <= {company.name for company in COMPANIES}
    assert [row for row in cells if row[2] != row[3] or row[4] != "ties out"] == []


def test_every_check_of_the_doctor_and_every_exit_code_is_explained() -> None:
    text = OPERATIONS.read_text("utf-8")
    rows = "\n".join(re.findall(r"^\| .*", text, re.MULTILINE))
    names = [check(Config()).name for check in doctor.SETTINGS]
    assert [name for name in names if name not in rows and name != "SQLite"] == []
    told = re.findall(r"^  ([0-9])  (.+)$", app.EXIT_CODES, re.MULTILINE)
    assert len(told) == 3
    assert [one for one in told if f"| {one[0]} | {one[1]} |" not in text] == []


def test_every_room_is_in_the_readme() -> None:
    text = README.read_text("utf-8")
    assert [room for room in ROOMS if f"`{room}/`" not in text] == []


def test_the_readme_stays_short() -> None:
    assert len(README.read_text("utf-8").splitlines()) <= 200


def test_the_example_configuration_holds_every_default() -> None:
    given = tomllib.loads(EXAMPLE.read_text("utf-8"))
    flat = {
        f"{section}.{key}": value for section, keys in given.items() for key, value in keys.items()
    }
    assert flat == {key: default(key) for key in fields()}


def test_the_example_configuration_is_accepted() -> None:
    assert load(EXAMPLE, {}) == Config()


def test_the_example_configuration_explains_every_key() -> None:
    text = EXAMPLE.read_text("utf-8")
    missing = [
        f"# {field.description}\n{key.split('.')[1]} ="
        for key, field in fields().items()
        if f"# {field.description}\n{key.split('.')[1]} =" not in text
    ]
    assert missing == []


def test_the_configuration_page_has_a_row_for_every_key() -> None:
    text = CONFIGURATION.read_text("utf-8")
    rows = [
        f"| `{key}` | `{json.dumps(default(key))}` | {field.description} |"
        for key, field in fields().items()
    ]
    assert [row for row in rows if row not in text] == []
