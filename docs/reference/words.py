"""What the contract's options say, in words. `…` in backticks is code.

An option without words here is an error: a reference that leaves something out
looks complete.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any

from contract import Contract, Field, Message, Rpc, Type

_Words = Callable[[Any], str]

# Shapes of fireworks.options.v1.MessageMapping.
OBJECT, UNWRAP, UNTAGGED_UNION, TAGGED_UNION = range(4)

# Dialect.Int64Form.INT64_FORM_NUMBER.
_INT64_NUMBER = 1


class UnknownOption(Exception):
    """The contract uses an option that has no words."""


def listed(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def in_words(options: Any, words: dict[str, _Words]) -> list[str]:
    """One sentence for each option that is set, in the order of their numbers."""
    found = []
    for descriptor, value in options.ListFields():
        if descriptor.name not in words:
            raise UnknownOption(f"{descriptor.full_name} has no words in docs/reference/words.py")
        found.append(words[descriptor.name](value))
    return [sentence for sentence in found if sentence]


# How an RPC reaches the upstream.

_STREAM_WORDS: dict[str, _Words] = {
    "stream_of": lambda v: f"Sends the HTTP request of `{v}`; the answer is read as Server-Sent "
    "Events, each of which becomes a response message.",
    "stream_field": lambda v: f'The service adds `"{v}": true` to the body.',
    "done_marker": lambda v: f"The event `{v}` ends the stream; it is no message.",
    "event_type": lambda v: f"`{v}` names the type of an event.",
    "final_events": lambda v: f"Complete after {listed(v)}.",
    "failed_events": lambda v: f"Failed after {listed(v)}: delivered, then an error status.",
    "cancelled_events": lambda v: f"Cancelled after {listed(v)}: delivered, then ABORTED.",
    "choice_index": lambda v: f"`{v}` tells choices apart.",
    "finish_reason": lambda v: f"Complete when every choice has its `{v}`.",
    "failed_finish_reason": lambda v: f"The finish reason `{v}` is delivered, then INTERNAL.",
    "choice_count": lambda v: f"The request asks for `{v}` choices; unset: one.",
    "prompts": lambda v: f"Each prompt of `{v}` has choices of its own.",
    "error_key": lambda v: f"An event with the key `{v}` is an error, and ends the stream.",
    "error_events": lambda v: f"So does an event named {listed(v)}.",
}

_USAGE_WORDS: dict[str, _Words] = {
    "prompt_tokens": lambda v: f"prompt tokens from {listed(v)}",
    "completion_tokens": lambda v: f"generated tokens from {listed(v)}",
    "cached_tokens": lambda v: f"cached tokens from {listed(v)}",
}

_MULTIPART_WORDS: dict[str, _Words] = {
    "part": lambda v: f"The body is multipart/form-data with one part, `{v}`. The first message "
    "says where to, the ones behind it carry the bytes.",
    "data": lambda v: f"The bytes are in `{v}`.",
    "file_name": lambda v: f"The part's file name is `{v}`.",
    "size": lambda v: f"With `{v}` set, the upstream is told the length in advance.",
}

_METHOD_WORDS: dict[str, _Words] = {
    "stream": lambda v: " ".join(in_words(v, _STREAM_WORDS)),
    "usage": lambda v: f"Trailing metadata tells {'; '.join(in_words(v, _USAGE_WORDS))}.",
    "model": lambda v: f"`{v}` names the model, or an alias of one.",
    "multipart": lambda v: " ".join(in_words(v, _MULTIPART_WORDS)),
    "local": lambda v: "Answered by the service itself; nothing is sent.",
    "empty_response": lambda v: "The upstream answers without content.",
}


def method_words(rpc: Rpc) -> list[str]:
    return in_words(rpc.mapping, _METHOD_WORDS)


def verb_and_path(rpc: Rpc) -> tuple[str, str]:
    """Of the RPC's own HTTP rule; empty when it has none."""
    if rpc.http is None:
        return "", ""
    kind = rpc.http.WhichOneof("pattern")
    if kind == "custom" or rpc.http.additional_bindings or rpc.http.response_body:
        raise UnknownOption(f"{rpc.full_name} has an HTTP rule that words.py cannot tell")
    return kind.upper(), getattr(rpc.http, kind)


def request_words(rpc: Rpc, contract: Contract) -> list[str]:
    """Where the fields of the request go in the HTTP request."""
    verb, path = verb_and_path(rpc)
    if not verb:
        return []
    sentences = []
    variables = re.findall(r"{([^}=]+)", path)
    if variables:
        sentences.append(f"In the path: {listed(variables)}.")
    if rpc.client_streaming:
        return sentences
    carried = {variable for variable in variables if "." not in variable}
    body = rpc.http.body
    request = contract.messages[rpc.request]
    if body == "*":
        rest = f" without {listed(sorted(carried))}" if carried else ""
        return [*sentences, f"The body is the request{rest}."]
    if body:
        carried.add(body)
        masked = verb == "PATCH" and any(f.name == "update_mask" for f in request.fields)
        if masked:
            carried.add("update_mask")
            sentences.append(f"The body is `{body}`: exactly the fields that `update_mask` names.")
        else:
            sentences.append(f"The body is `{body}`.")
    query = [_query_key(field) for field in request.fields if field.name not in carried]
    if query:
        sentences.append(f"In the query: {listed(query)}.")
    return sentences


def _query_key(field: Field) -> str:
    if field.mapping.query_map:
        return f"{field.json_name}[…]"
    if field.type.kind == "message" and not field.type.name.startswith("google.protobuf."):
        return f"{field.json_name}.…"
    return field.json_name


# How a field looks as JSON, and who may set it.


def field_words(field: Field, message: Message | None) -> list[str]:
    """Short notes on a field of `message`; None: an extension."""
    key = message.mapping.discriminator if message is not None else ""
    tag = f"`{key}`" if key else "the tag"
    words: dict[str, _Words] = {
        "raw_json": lambda v: "raw JSON",
        "extra": lambda v: "unknown keys",
        "unknown_variant": lambda v: "whatever no other arm takes",
        "emit_null": lambda v: "`null` when unset",
        "const_value": lambda v: f"`{v}` when unset",
        "discriminator_value": lambda v: f"when {tag} is {listed(v)}",
        "probe_key": lambda v: f"when it has {listed(v)}",
        "fallback": lambda v: "any other object",
        "required": lambda v: "required",
        "output_only": lambda v: "output only",
        "sensitive": lambda v: "secret",
        "resource_reference": lambda v: "resource name",
        "query_map": lambda v: "query `key[entry]=value`",
    }
    return [presence(field), *in_words(field.mapping, words)]


def presence(field: Field) -> str:
    if field.oneof:
        return f"one of `{field.oneof}`"
    if field.repeated or field.map_key:
        return "empty is unset"
    if field.optional or field.type.kind == "message":
        return "may be unset"
    return "empty is unset" if field.type.name in ("string", "bytes") else "zero is unset"


_SCALAR_FORMS = {
    "bool": "boolean",
    "bytes": "string (Base64)",
    "double": "number",
    "float": "number",
    "string": "string",
}

_WELL_KNOWN_FORMS = {
    "google.protobuf.Duration": "string (seconds, as 3.5s)",
    "google.protobuf.FieldMask": "string (comma-separated paths)",
    "google.protobuf.Timestamp": "string (RFC 3339)",
}


def has_key(field: Field, message: Message) -> bool:
    """Whether the field is a key of its message's JSON object."""
    shape = message.mapping.shape
    is_arm = shape in (UNTAGGED_UNION, TAGGED_UNION) and field.oneof
    return not (is_arm or shape == UNWRAP or field.mapping.extra)


def field_form(field: Field, message: Message, contract: Contract) -> str:
    """The JSON of a field's value: `[string]` is an array of strings, `{string}` an
    object with strings under any keys, `a | b` either."""
    if field.mapping.raw_json:
        form = "any"
    else:
        form = _type_form(field.type, message, contract)
    if field.repeated:
        return f"[{form}]"
    return f"{{{form}}}" if field.map_key else form


def message_form(message: Message, contract: Contract) -> str:
    """The JSON of a message."""
    shape = message.mapping.shape
    if shape == UNWRAP:
        return field_form(message.fields[0], message, contract)
    if shape == UNTAGGED_UNION:
        forms = [field_form(field, message, contract) for field in message.fields]
        return " | ".join(dict.fromkeys(forms))
    return "object"


def _type_form(field_type: Type, message: Message, contract: Contract) -> str:
    name = field_type.name
    if field_type.kind == "enum":
        return "string"
    if field_type.kind == "scalar":
        if name in _SCALAR_FORMS:
            return _SCALAR_FORMS[name]
        is_text = "64" in name and message.dialect.int64_form != _INT64_NUMBER
        return "string (integer)" if is_text else "integer"
    if name in contract.messages:
        return message_form(contract.messages[name], contract)
    return _WELL_KNOWN_FORMS.get(name, "object")


def shape_words(message: Message, contract: Contract) -> str:
    """How the message looks as JSON."""
    shape = message.mapping.shape
    form = f"`{message_form(message, contract)}`"
    if shape == UNWRAP:
        return f"As JSON {form}: the value of its one field."
    if shape == UNTAGGED_UNION:
        return f"As JSON {form}: the value of the arm that is set."
    if shape == TAGGED_UNION:
        return (
            "As JSON an object: the arm that is set, with the key "
            f"`{message.mapping.discriminator}` that tells which."
        )
    return ""
