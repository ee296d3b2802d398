"""The type of a JSON value, alone: a quick command needs no more of the models."""

from typing import TypeAlias

Json: TypeAlias = bool | int | float | str | list["Json"] | dict[str, "Json"] | None
