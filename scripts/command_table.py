"""The reference of docs/command-line.md, from the commands themselves."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import typer

from suiyuan.api.cli.main import app

from .generated import first_sentences, keep_current, table


def main() -> None:
    parts = [_section(name, command) for name, command in commands()]
    keep_current("command-line.md", "command_table", "\n\n".join(parts))


def commands() -> Iterator[tuple[str, Any]]:
    """Every command with its full name, those of nouns after the plain ones."""
    yield from _within(typer.main.get_command(app), "")


def _within(group: Any, beginning: str) -> Iterator[tuple[str, Any]]:
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from _within(command, f"{beginning}{name} ")
        else:
            yield f"{beginning}{name}", command


def _section(name: str, command: Any) -> str:
    arguments = [each for each in command.params if each.param_type_name == "argument"]
    options = [each for each in command.params if each.param_type_name == "option"]
    usage = " ".join(
        (
            "suiyuan",
            name,
            *(_option(each) for each in options if each.required),
            *(_argument(each) for each in arguments),
        )
    )
    rows = [
        (_written(each), each.help or "", "" if each.required else _default(each)) for each in (*arguments, *options)
    ]
    text = f"### suiyuan {name}\n\n    {usage}\n\n{first_sentences(command.help)}"
    return f"{text}\n\n{table(('argument or option', 'meaning', 'default'), rows)}" if rows else text


def _argument(parameter: Any) -> str:
    return parameter.name.upper() + ("…" if parameter.nargs == -1 else "")


def _option(parameter: Any) -> str:
    return f"{parameter.opts[0]} {parameter.name.upper()}"


def _written(parameter: Any) -> str:
    if parameter.param_type_name == "argument":
        return f"`{_argument(parameter)}`"
    return ", ".join(f"`{each}`" for each in (*parameter.opts, *parameter.secondary_opts))


def _default(parameter: Any) -> str:
    value = parameter.default
    if value in (None, "", False) or callable(value):
        return ""
    if value is True:
        return f"`{parameter.opts[0]}`"
    return f"`{getattr(value, 'value', value)}`"


if __name__ == "__main__":
    main()
