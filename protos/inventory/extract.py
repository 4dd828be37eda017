#!/usr/bin/env python3
"""Extracts the facts of an OpenAPI document into the inventory, upstream.json.

    extract.py OPENAPI [--additions additions.json] [--output upstream.json]

Facts only: operations, paths, JSON keys, types, enum values, what is required or
read-only. No descriptions. Operations and schemas are sorted by name, fields keep
the document's order (field numbers follow it). What the document leaves out or
gets wrong comes from additions.json, which is kept by hand.

Needs PyYAML (Debian: python3-yaml). Nothing else of the project does: builds and
tests read upstream.json.
"""

import argparse
import json
import pathlib
import re
import sys

HERE = pathlib.Path(__file__).resolve().parent
VERBS = ("get", "post", "put", "patch", "delete")
# Facts that are copied as they are: document's word -> inventory's.
COPIED = {
    "format": "format",
    "enum": "enum",
    "const": "const",
    "default": "default",
    "readOnly": "read_only",
    "deprecated": "deprecated",
    "minimum": "minimum",
    "maximum": "maximum",
    "minLength": "min_length",
    "maxLength": "max_length",
    "minItems": "min_items",
    "maxItems": "max_items",
}


def snake(name):
    """fooBar -> foo_bar, the Protobuf name of a lowerCamelCase key."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name).lower()


def ref_name(node):
    return node["$ref"].rsplit("/", 1)[-1]


def is_null(node):
    return node.get("type") == "null" or node.get("$ref", "").endswith("/protobufNullValue")


def convert_union(node, arms):
    alternatives = [arm for arm in arms if not is_null(arm)]
    nullable = len(alternatives) < len(arms)
    discriminator = node.get("discriminator", {})
    if len(alternatives) == 1 and not discriminator:
        result = convert(alternatives[0])
    else:
        result = {"type": "union", "arms": [convert(arm) for arm in alternatives]}
    if discriminator:
        result["discriminator"] = discriminator["propertyName"]
        mapping = discriminator.get("mapping", {})
        if mapping:
            result["mapping"] = {k: v.rsplit("/", 1)[-1] for k, v in sorted(mapping.items())}
    if nullable:
        result["nullable"] = True
    return result


def keyed(key, node, required):
    """A JSON key or a query parameter with what it holds."""
    fact = {"key": key, **convert(node)}
    if key == "readMask":
        fact["format"] = "field-mask"
    if required:
        fact["required"] = True
    return fact


def convert_object(node):
    if node.get("properties") or "additionalProperties" not in node:
        required = set(node.get("required", []))
        fields = []
        for key, prop in (node.get("properties") or {}).items():
            fields.append(keyed(key, prop, key in required))
        result = {"type": "object", "fields": fields}
        if node.get("additionalProperties") not in (None, False):
            result["open"] = True
        return result
    values = node["additionalProperties"]
    if isinstance(values, dict) and values:
        return {"type": "map", "values": convert(values)}
    return {"type": "json", "form": "object"}


def convert(node):
    """One schema of the document as the inventory's facts."""
    if "$ref" in node:
        result = {"ref": ref_name(node)}
    elif "anyOf" in node or "oneOf" in node:
        result = convert_union(node, node.get("anyOf") or node["oneOf"])
    elif node.get("type") == "array":
        result = {"type": "array", "items": convert(node.get("items", {}))}
    elif node.get("type") == "object":
        # An inline object that says nothing of its keys is free-form.
        free = "properties" not in node and "additionalProperties" not in node
        result = {"type": "json", "form": "object"} if free else convert_object(node)
        if "discriminator" in node:
            result["discriminator"] = node["discriminator"]["propertyName"]
    elif "type" in node:
        result = {"type": node["type"]}
    else:
        result = {"type": "json", "form": "any"}
    for theirs, ours in COPIED.items():
        if theirs in node and node[theirs] is not None:
            result[ours] = node[theirs]
    if node.get("nullable"):
        result["nullable"] = True
    return result


def convert_component(node):
    if node.get("type") == "object" and "properties" not in node:
        result = {"type": "object", "fields": []}
        if node.get("additionalProperties") not in (None, False):
            result["open"] = True
        return result
    return convert(node)


def split_path(path):
    """/v1/accounts/{a}/models/{m}:verb -> (prefix, name pattern, suffix)."""
    match = re.match(r"(/v1/)(accounts/.*\{[^}]+\})(.*)$", path)
    if not match:
        return path, "", ""
    prefix, resource, suffix = match.groups()
    return prefix, re.sub(r"\{[^}]+\}", "*", resource), suffix


def template_of(rpc, verb, path, body):
    """The path in google.api.http form, ids joined to resource names.

    What stands in front of a collection that is listed, created in, or acted on as
    a whole is the `parent`; everything else is about the resource `name` itself.
    """
    prefix, resource, suffix = split_path(path)
    if not resource:
        return path
    variable = "name"
    if verb == "PATCH" and body and body["kind"] == "field":
        variable = body["field"] + ".name"
        if suffix and not suffix.startswith(":"):
            resource, suffix = resource + suffix, ""
    elif suffix.startswith("/"):
        collection = rpc.startswith(("List", "Create")) or ":" in suffix
        variable = "parent" if collection else "name"
    return f"{prefix}{{{variable}={resource}}}{suffix}"


def patched_schema(rpc, fields, schemas):
    """The resource that an inline PATCH body repeats, and the keys it leaves out."""
    keys = [field["key"] for field in fields]
    name = "gateway" + rpc[len("Update"):]
    if name not in schemas:
        sys.exit(f"{rpc}: its body is inline and {name} does not exist")
    known = [field["key"] for field in schemas[name]["fields"]]
    if [key for key in known if key in keys] != keys:
        sys.exit(f"{rpc}: its inline body is not {name} without some keys")
    return name, [key for key in known if key not in keys]


def body_of(rpc, op, schemas):
    if "requestBody" not in op:
        return None
    (media, content), = op["requestBody"]["content"].items()
    node = content["schema"]
    if media == "multipart/form-data":
        return {"kind": "multipart", "parts": sorted(node["properties"])}
    if "$ref" not in node:
        name, omitted = patched_schema(rpc, convert_object(node)["fields"], schemas)
        return {"kind": "field", "field": snake(rpc[len("Update"):]), "schema": name,
                "omits": omitted}
    name = ref_name(node)
    gateway = name[:1] == "g" and name.startswith("gateway")
    if not gateway or name.endswith("Request"):
        return {"kind": "whole", "schema": name}
    return {"kind": "field", "field": snake(name[len("gateway"):]), "schema": name}


def response_of(op):
    content = op["responses"]["200"]["content"]["application/json"]["schema"]
    return convert(content)


def operation_of(path, verb, op, item, doc, schemas, additions):
    server = (op.get("servers") or item.get("servers") or doc.get("servers"))[0]["url"]
    base = re.sub(r"^https?://[^/]+", "", server)
    operation_id = op["operationId"]
    rpc = additions["rpcs"].get(operation_id, operation_id.split("_", 1)[-1])
    body = body_of(rpc, op, schemas)
    result = {
        "operation_id": operation_id,
        "api": "inference" if base else "gateway",
        "rpc": rpc,
        "verb": verb.upper(),
        "path": base + path,
        "template": additions["templates"].get(
            rpc, template_of(rpc, verb.upper(), base + path, body)),
        "query": [],
        "response": response_of(op),
    }
    if body:
        result["body"] = body
    for parameter in op.get("parameters", []):
        if parameter["in"] != "query":
            continue
        fact = keyed(parameter["name"], parameter["schema"], parameter.get("required"))
        fact = additions["queries"].get(f"{rpc}.{fact['key']}", fact)
        result["query"].append(fact)
    return result


def references(node):
    """Names of all schemas that `node` mentions."""
    if isinstance(node, dict):
        if "ref" in node:
            yield node["ref"]
        for key, value in node.items():
            if key == "schema":
                yield value
            elif isinstance(value, (dict, list)):
                yield from references(value)
    elif isinstance(node, list):
        for value in node:
            yield from references(value)


def reachable(operations, schemas, keep):
    found, pending = set(), list(references(operations)) + list(keep)
    while pending:
        name = pending.pop()
        if name in found:
            continue
        if name not in schemas:
            sys.exit(f"nothing defines the schema {name}")
        found.add(name)
        pending += references(schemas[name])
    return found


def field_at(schemas, path):
    name, key = path.split(".")
    field, = [field for field in schemas[name]["fields"] if field["key"] == key]
    return field


def amend(schemas, additions):
    """Adds what the document lacks, and puts right what it says too vaguely."""
    for name, schema in additions["schemas"].items():
        if name in schemas:
            sys.exit(f"additions.json adds {name}, which the document has")
        schemas[name] = schema
    for name, fields in additions["fields"].items():
        known = {field["key"] for field in schemas[name]["fields"]}
        for field in fields:
            if field["key"] in known:
                sys.exit(f"additions.json adds {name}.{field['key']}, which the document has")
            schemas[name]["fields"].append(field)
    for name, arms in additions["arms"].items():
        schemas[name]["arms"] += [{"ref": schema} for schema in arms.values()]
        schemas[name]["mapping"].update(arms)
    for path, facts in additions["facts"].items():
        field = field_at(schemas, path)
        for key in ("ref", "type", "format", "form", "items", "values", "arms"):
            field.pop(key, None)
        field.update(facts)


def extract(doc, additions):
    schemas = {name: convert_component(node)
               for name, node in doc["components"]["schemas"].items()}
    amend(schemas, additions)
    operations = list(additions["operations"])
    for path, item in doc["paths"].items():
        for verb in VERBS:
            if verb in item:
                operations.append(
                    operation_of(path, verb, item[verb], item, doc, schemas, additions))
    names = reachable(operations + additions["streams"], schemas, additions["keep"])
    return {
        "version": doc["info"]["version"],
        "names": additions["names"],
        "operations": sorted(operations, key=lambda op: (op["api"], op["rpc"])),
        "streams": sorted(additions["streams"], key=lambda stream: stream["rpc"]),
        "schemas": {name: schemas[name] for name in sorted(names)},
    }


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("openapi", type=pathlib.Path, help="the OpenAPI document, YAML")
    parser.add_argument("--additions", type=pathlib.Path, default=HERE / "additions.json")
    parser.add_argument("--output", type=pathlib.Path, default=HERE / "upstream.json")
    arguments = parser.parse_args()
    import yaml  # Here, so that --help works without it.

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    doc = yaml.load(arguments.openapi.read_text(), Loader=loader)
    inventory = extract(doc, json.loads(arguments.additions.read_text()))
    arguments.output.write_text(dump(inventory) + "\n")


def dump(value, indent=0, width=100):
    """JSON whose objects and arrays stand on one line where they fit."""
    line = json.dumps(value, ensure_ascii=False)
    if indent + len(line) < width or not isinstance(value, (dict, list)) or not value:
        return line
    pad = " " * (indent + 1)
    if isinstance(value, list):
        return "[\n" + ",\n".join(pad + dump(item, indent + 1) for item in value) + "]"
    # A key takes room too.
    items = [f"{pad}{json.dumps(key)}: {dump(item, indent + 1, width - len(key) - 5)}"
             for key, item in value.items()]
    return "{\n" + ",\n".join(items) + "}"


if __name__ == "__main__":
    main()
