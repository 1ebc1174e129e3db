"""``config/schemas/config.schema.yaml``: a JSON schema, by which editors help to write a file.

It says what :mod:`plateworks.settings.reading` takes, but for texts in place of numbers, which come
from the command line; signs that take no room, and what is no number (``.nan``), it cannot refuse.
"""

from __future__ import annotations

from types import NoneType
from typing import Any, Literal, get_args, get_origin

from plateworks.settings.section import Section
from plateworks.settings.setting import MOST, Key, Meaning, is_section, keys_of
from plateworks.settings.wanted import kinds_of, takes_null, wanted

_HEAD = "# Written by make config, from scripts/plateworks/settings.\n"

#: Texts that are not empty, and have no control characters; to some readers of schemas, `$` alone
#: is before a last line break too.
_SEEN = r"^[^\x00-\x1f\x7f-\x9f\u2028\u2029]+$(?!\n)"

Schema = dict[str, Any]


def schema_text(section: type[Section], title: str = "Plateworks configuration") -> str:
    """Return the schema of a file that consists of `section`, as YAML."""
    import yaml

    text: str = yaml.safe_dump(
        schema_of(section, title), sort_keys=False, allow_unicode=True, width=100
    )
    return _HEAD + text


def schema_of(section: type[Section], title: str = "Plateworks configuration") -> Schema:
    """Return the schema of a file that consists of `section`."""
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": title}
    return head | _section(section)


def _section(section: type) -> Schema:
    keys = keys_of(section)
    required = [key.name for key in keys if key.required]
    return {
        "type": "object",
        "additionalProperties": False,
        **({"required": required} if required else {}),
        "properties": {key.name: _key(key) for key in keys},
    }


def _key(key: Key) -> Schema:
    described = {"description": _description(key)}
    kinds = [kind for kind in kinds_of(key.hint) if kind is not NoneType]
    if float in kinds and int in kinds:
        kinds.remove(int)  # which is a number
    forms = [_kind(kind, key.meaning) for kind in kinds]
    if key.meaning.single:
        forms += [_kind(keys_of(key.hint)[0].hint, keys_of(key.hint)[0].meaning)]
    # An empty section means its defaults.
    if takes_null(key) or (is_section(key.hint) and not (key.required or key.optional)):
        forms = _or_null(forms)
    return described | (forms[0] if len(forms) == 1 else {"anyOf": forms})


def _description(key: Key) -> str:
    text = key.meaning.text.replace("`", "")
    if is_section(key.hint):
        return text
    return f"{text}.  It is {wanted(key)}."


def _or_null(forms: list[Schema]) -> list[Schema]:
    if len(forms) == 1 and "type" in forms[0]:
        return [forms[0] | {"type": [forms[0]["type"], "null"]}]
    return [*forms, {"type": "null"}]


def _kind(kind: Any, meaning: Meaning) -> Schema:
    origin, arguments = get_origin(kind), get_args(kind)
    if kind is bool:
        return {"type": "boolean"}
    if kind is int or kind is float:
        return {"type": "integer" if kind is int else "number", **_limits(meaning)}
    if kind is str:
        patterns = [{"pattern": one} for one in (_SEEN, meaning.pattern) if one]
        return {"type": "string", **(patterns[0] if len(patterns) == 1 else {"allOf": patterns})}
    if origin is Literal:
        return {"enum": list(arguments)}
    if origin is dict:
        return {"type": "object", "additionalProperties": _kind(arguments[1], meaning)}
    if is_section(kind):
        return _section(kind) | ({"minProperties": 1} if meaning.some else {})
    return _list(arguments, meaning)


def _list(hints: tuple[Any, ...], meaning: Meaning) -> Schema:
    items = [_kind(kind, meaning) for kind in kinds_of(hints[0])]
    schema: Schema = {"type": "array", "items": items[0] if len(items) == 1 else {"anyOf": items}}
    if hints[-1] is not Ellipsis:
        schema |= {"minItems": len(hints), "maxItems": len(hints)}
    if meaning.some:
        schema["minItems"] = 1
    if meaning.unique:
        schema["uniqueItems"] = True
    return schema


def _limits(meaning: Meaning) -> Schema:
    limits = {
        "exclusiveMinimum": meaning.over,
        "minimum": -MOST if meaning.over is meaning.least is None else meaning.least,
        "maximum": MOST if meaning.most is None else meaning.most,
    }
    return {name: limit for name, limit in limits.items() if limit is not None}
