"""The declaration of an entity that people add, change and remove.

From one declaration follow its events, rules, undo and redo, history texts, table, look-ups,
``vsm NOUN list|add|set|remove`` and its list and form on the screen of the organisation.
:mod:`vsm.model.entities` holds the declarations.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Generic, TypeVar

from vsm.model.field_types import NAME, REFERENCE, REFERENCES, FieldType

T_co = TypeVar("T_co", covariant=True)

Values = Mapping[str, Any]
"""Values of fields by name."""

Names = Mapping[str, Mapping[int, str]]
"""Names of what fields refer to: by noun, then by id."""

REQUIRED: Any = object()
"""In place of a default: a value has to be given."""

_RESERVED = frozenset(("id", "kind", "changes", "item", "stream"))
"""Names that events and journal columns use themselves."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One field of an entity.

    ``default`` stands in events that leave the field out, so it is part of their shape for ever.
    ``derive`` makes a value from the other fields where none is given. ``refers_to`` names an
    entity (or ``stream``); ``relation`` is the table of a many-to-many relation. A ``fixed`` field
    keeps its first value.

    Words: ``what`` names the field in errors, ``public`` in JSON and in the history, ``label`` on
    forms, ``heading`` in tables; ``help`` explains its option, ``hint`` stands in an empty form
    field, ``nothing`` in lists and forms that have no value. The value of a field that
    ``is_private`` stands in no text of the history.
    """

    name: str
    type: FieldType
    default: Any = REQUIRED
    derive: Callable[[Values], Any] | None = None
    refers_to: str = ""
    fixed: bool = False
    what: str = ""
    public: str = ""
    label: str = ""
    heading: str = ""
    help: str = ""
    hint: str = ""
    nothing: str = ""
    relation: str = ""
    is_private: bool = False

    def __post_init__(self) -> None:
        public = self.public or self.name
        for name, text in (
            ("what", f"the {self.name}"),
            ("public", public),
            ("label", public.capitalize()),
            ("heading", public.upper()),
        ):
            if not getattr(self, name):
                object.__setattr__(self, name, text)

    @property
    def is_required(self) -> bool:
        """Whether a new entity needs a value from a person."""
        return self.default is REQUIRED and self.derive is None

    @property
    def option(self) -> str:
        """The option of the command line, without dashes: ``team`` for the field ``teams``."""
        is_noun = self.type is REFERENCES or self.refers_to == "stream"
        return self.refers_to if is_noun else self.name.replace("_", "-")

    def references(self, value: Any) -> tuple[int, ...]:
        """The ids that a value refers to."""
        if self.type is REFERENCES:
            return tuple(value or ())
        return (value,) if self.type is REFERENCE and value is not None else ()

    def text(self, value: Any, names: Names) -> str:
        """The value as people read and type it; empty where there is none."""
        if self.refers_to:
            known = names[self.refers_to]
            return ", ".join(known.get(number, "?") for number in self.references(value))
        return "" if value is None else self.type.text(value)


NUMBER_FIELD = Field(
    name="number", type=replace(NAME, published=int), fixed=True, label="No.", heading="NO."
)
"""The number of an entity that has no natural name."""
STREAM_FIELD = Field(
    name="only", type=REFERENCE, refers_to="stream", public="stream", fixed=True, what="the stream"
)
"""The stream that something is about."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Entity(Generic[T_co]):
    """A kind of thing, declared once; ``type`` makes one from its id and its fields in order.

    ``key`` is the field that no two share and that people name it by, ``title`` the one that
    texts show, ``beside`` the one that completion shows beside the key. ``kinds`` are the event
    kinds of the journal; ``added``, ``changed`` and ``removed`` are the texts of the history, with
    fields in braces. ``exists`` and ``in_use`` are what a refusal says and its remedy. ``used_by``
    are the ``(table, column)`` that refer to it, beside fields of other entities. With ``replaces``
    adding one that is there changes it. ``since`` is the projection version that its table came or
    last changed with: it grows with each change. ``about`` is a sentence for its list and form.
    Without ``has_noun`` its verbs are those of another noun. One without a natural name
    ``is_numbered``: its key is its number, as text.
    """

    name: str
    type: Callable[..., T_co]
    fields: tuple[Field, ...]
    since: int
    label: str = ""
    table: str = ""
    key: str = "name"
    title: str = "name"
    kinds: tuple[str, str, str] = ("", "", "")
    added: str = ""
    changed: str = ""
    removed: str = ""
    exists: tuple[str, str] = ("", "choose another name")
    in_use: tuple[str, str] = ("is in use", "remove it there first")
    used_by: tuple[tuple[str, str], ...] = ()
    replaces: bool = False
    about: str = ""
    beside: str = ""
    add_usage: str = ""
    is_on_screen: bool = True
    has_noun: bool = True
    is_numbered: bool = False

    def __post_init__(self) -> None:
        label = self.label or self.name
        happened = ("added", "changed", "removed")
        for name, text in (
            ("label", label),
            ("table", self.name),
            ("added", f"added the {label} {{{self.title}}}"),
            ("changed", f"changed the {label}"),
            ("removed", f"removed the {label} {{{self.title}}}"),
            ("add_usage", f"vsm {self.name} add {self.key.upper()}"),
        ):
            if not getattr(self, name):
                object.__setattr__(self, name, text)
        kinds = (k or f"{self.name}_{h}" for k, h in zip(self.kinds, happened, strict=True))
        object.__setattr__(self, "kinds", tuple(kinds))
        if not self.exists[0]:
            exists = f"there is {self.article} {label} called {{!r}}"
            object.__setattr__(self, "exists", (exists, self.exists[1]))
        taken = {*_RESERVED, self.name} & {field.name for field in self.fields}
        if taken or self.name in _RESERVED:
            raise ValueError(f"{self.name}: events use the name {[*taken, self.name][0]!r}")

    @property
    def plural(self) -> str:
        """Several of them: ``teams``."""
        return f"{self.label}s"

    @property
    def article(self) -> str:
        """``a`` or ``an``, as its label needs it."""
        return "an" if self.label[:1] in "aeiou" else "a"

    @property
    def folded(self) -> tuple[str, ...]:
        """Fields with a second, case-folded column, to be found and sorted by."""
        return tuple(f.name for f in self.fields if f.name in (self.key, self.title))

    @property
    def chosen(self) -> tuple[Field, ...]:
        """The fields of a new one that somebody gives a value to."""
        return tuple(f for f in self.fields if not (self.is_numbered and f.name == self.key))

    @property
    def editable(self) -> tuple[Field, ...]:
        """The fields that can be changed later."""
        return tuple(field for field in self.fields if not field.fixed)

    def field(self, name: str) -> Field:
        """The field of this name; raises ``KeyError``."""
        for field in self.fields:
            if field.name == name:
                return field
        raise KeyError(f"{self.name} has no field {name!r:.60}")

    def values(self, source: object) -> dict[str, Any]:
        """The field values of an event or of a stored entity."""
        return {field.name: getattr(source, field.name) for field in self.fields}

    def read(self, names: Iterable[str], raw: Values) -> dict[str, Any]:
        """Clean values of the named fields, what is empty derived from the others.

        Raises :class:`~vsm.model.field_types.InvalidValue`; references are not looked up.
        """
        asked = list(names)
        values: dict[str, Any] = {}
        for field in self.fields:
            if field.name not in asked:
                continue
            value = raw.get(field.name)
            if field.derive is not None and not str(value or "").strip():
                value = field.derive({**raw, **values})
            values[field.name] = field.type.read(field.what, value)
        return {name: values[name] for name in asked}
