"""Renders operations and schemas of the inventory as Protobuf text."""

import re

import naming
import phrases
from proto_file import OPTION, wrap

EXTRA = "map<string, string> extra_json = 1000 [(fireworks.options.v1.field).extra = true];"
SCALARS = {
    ("string", None): "string",
    ("string", "byte"): "string",
    ("string", "int64"): "int64",
    ("string", "date-time"): "google.protobuf.Timestamp",
    ("string", "duration"): "google.protobuf.Duration",
    ("string", "field-mask"): "google.protobuf.FieldMask",
    ("integer", None): "int32",
    ("integer", "int32"): "int32",
    ("integer", "int64"): "int64",
    ("number", None): "double",
    ("number", "double"): "double",
    ("number", "float"): "float",
    ("boolean", None): "bool",
}
# Identifiers and paging, whose empty value means unset.
PLAIN = {"name", "parent", "id", "model_id", "page_size", "page_token", "filter", "order_by",
         "next_page_token", "total_size"}
# Keys whose values are secrets, wherever they stand, and single fields that are.
SECRET_KEYS = re.compile(
    r"(signed_(url|urls|uri)|client_secret|access_secret|refresh_token|^token)$")
SECRETS = {"ApiKey.key", "Secret.value", "WandbConfig.api_key", "RedeemCreditCodeRequest.code"}
# Fields that hold full names of other resources.
REFERENCES = re.compile(
    r"^(model|base_model|deployment|dataset|evaluator|input_dataset|output_dataset|"
    r"evaluation_dataset|draft_model|warm_start_from|output_model|input_dataset_id|output_dataset_id|target_model|"
    r"default_dataset|training_shape|generic_deployment_type|deployment_shape_version|"
    r"continued_from_job_name|deployments|hot_load_deployment_id|rollout_deployment_name|"
    r"credentials_secret|default_model)$")
MORE_REFERENCES = {"RedeemCreditCodeRequest.name", "SplitDatasetRequest.parent"}
NOT_REFERENCES = {"PolicySettings.ModelAccessRule.model"}


def option_text(options):
    """[…] as buf formats it; '' without options."""
    if not options:
        return ""
    if len(options) == 1:
        return f" [{options[0]}]"
    return " [\n    " + ",\n    ".join(options) + "\n  ]"


class Field:
    def __init__(self, name, type_name, options=(), repeated=False, comment="", plain=False):
        self.name, self.type, self.options = name, type_name, list(options)
        self.repeated, self.comment = repeated, comment
        self.plain = plain  # No presence of its own: message, map, or an identifier.

    def lines(self, number):
        label = "repeated " if self.repeated else "" if self.plain else "optional "
        text = f"  {label}{self.type} {self.name} = {number}{option_text(self.options)};"
        return wrap(self.comment, 2) + text.split("\n")


class Writer:
    """Turns facts into blocks of text. Blocks begin in column 0."""

    def __init__(self, inventory, comments):
        self._schemas = inventory["schemas"]
        self._comments = comments
        self.names = naming.Names(inventory)
        self._written = set()  # Responses that several operations share are written once.
        self._nested = {}
        for schema in self._schemas:
            if not self._of_gateway(schema):
                continue
            name = self.names.type_of(schema)
            if name and "." in name:
                self._nested.setdefault(name.rsplit(".", 1)[0], []).append(schema)
        self._query_values = {
            self.names.type_of(fact["values"]["ref"]) for op in inventory["operations"]
            for fact in op["query"] if fact.get("type") == "map" and "ref" in fact["values"]}
        self._sent = {self.names.type_of(schema) for schema in self._reach_of_requests(inventory)}
        self._patterns = {}
        for op in inventory["operations"]:
            self._note_pattern(op)

    @staticmethod
    def _of_gateway(schema):
        return not schema.startswith("Anthropic")

    def _note_pattern(self, op):
        """Remembers accounts/*/models/* as the names of Model."""
        match = re.search(r"\{(?:[\w]+\.)?name=([^}]+)\}$", op["template"])
        if op["api"] == "gateway" and match and "ref" in op["response"]:
            name = self.names.type_of(op["response"]["ref"])
            self._patterns.setdefault(name, match[1])

    def pattern_words(self, pattern):
        """accounts/*/models/* -> accounts/ACCOUNT/models/ID."""
        parts = pattern.split("/")
        for i, part in enumerate(parts):
            if part == "*":
                last = i == len(parts) - 1 and i > 1
                parts[i] = "ID" if last else naming.snake(naming.singular(parts[i - 1])).upper()
        return "/".join(parts)

    def comment(self, element, fallback):
        return self._comments.get(element, fallback)

    def _reach_of_requests(self, inventory):
        """Schemas that travel to the upstream."""
        found, pending = set(), [op["body"] for op in inventory["operations"] if "body" in op]
        while pending:
            node = pending.pop()
            if isinstance(node, list):
                pending += node
            elif isinstance(node, dict) and not node.get("read_only"):
                name = node.get("ref") or node.get("schema")
                if name and name not in found:
                    found.add(name)
                    pending.append(self._schemas[name])
                pending += node.values()
        return {name for name in found if self._of_gateway(name)}

    def reach(self, op):
        """Schemas that an operation's request and response use, outermost first."""
        seen, pending = [], []

        def visit(node):
            if isinstance(node, dict):
                if "ref" in node:
                    pending.append(node["ref"])
                for value in node.values():
                    visit(value)
            elif isinstance(node, list):
                for value in node:
                    visit(value)

        if "body" in op and "schema" in op["body"]:
            pending.append(op["body"]["schema"])
        visit([op["response"], op["query"]])
        while pending:
            name = pending.pop(0)
            if name in seen:
                continue
            seen.append(name)
            visit(self._schemas[name])
        return seen

    # Fields.

    def _value_type(self, owner, node):
        """(type, further options) of one value, the type as `owner` sees it."""
        if "ref" in node:
            name = self.names.type_of(node["ref"])
            if name is None:
                return "string", [f"({OPTION}.field).raw_json = true"]
            return name[len(owner) + 1:] if name.startswith(owner + ".") else name, []
        if node["type"] == "json":
            return "string", [f"({OPTION}.field).raw_json = true"]
        return SCALARS[node["type"], node.get("format")], []

    def field(self, owner, node):
        name = naming.snake(node["key"])
        repeated, plain = False, name in PLAIN
        options = []
        if node.get("type") == "map":
            value, options = self._value_type(owner, node["values"])
            type_name, plain = f"map<string, {value}>", True
        elif node.get("type") == "array":
            type_name, options = self._value_type(owner, node["items"])
            repeated = True
        else:
            type_name, options = self._value_type(owner, node)
            is_message = "ref" in node and not self._is_enum(node["ref"]) and not options
            plain = plain or is_message or type_name.startswith("google.protobuf.")
        if naming.lower_camel(name) != node["key"]:
            options.append(f'json_name = "{node["key"]}"')
        if node.get("deprecated"):
            options.append("deprecated = true")
        if self._is_required(owner, node):
            options.append(f"({OPTION}.field).required = true")
        if node.get("read_only"):
            options.append(f"({OPTION}.field).output_only = true")
        element = f"{owner}.{name}"
        if SECRET_KEYS.search(name) or element in SECRETS:
            options.append(f"({OPTION}.field).sensitive = true")
        if type_name == "string" and not node.get("read_only") and (
                element in MORE_REFERENCES
                or REFERENCES.match(name) and element not in NOT_REFERENCES):
            options.append(f"({OPTION}.field).resource_reference = true")
        if node.get("type") == "map" and "ref" in node["values"] and owner.endswith("Request"):
            options.append(f"({OPTION}.field).query_map = true")
        text = self.comment(element, self._field_words(owner, name))
        return Field(name, type_name, options, repeated, self._closed(text, owner, node), plain)

    def _is_required(self, owner, node):
        """Answers require nothing of anyone."""
        return node.get("required") and (owner in self._sent or owner.endswith("Request"))

    def _is_enum(self, schema):
        return "enum" in self._schemas[schema]

    def _closed(self, text, owner, node):
        """The comment with what it must always tell."""
        if self._is_required(owner, node) and "Required" not in text:
            text += " Required."
        if node.get("read_only") and "Output only" not in text:
            text += " Output only."
        return text

    def _field_words(self, owner, name):
        pattern = self.pattern_words(self._patterns[owner]) if owner in self._patterns else None
        return phrases.of_field(owner, name, pattern)

    # Types.

    def type(self, name, schema):
        """A message or enum with all that nests in it."""
        node = self._schemas[schema]
        if "enum" in node:
            return self._enum(name, node)
        fields = [self.field(name, fact) for fact in node["fields"]]
        return self._message(name, fields, self.comment(name, phrases.of_type(name)))

    def _message(self, name, fields, comment, extra="unset"):
        lines = wrap(comment, 0) + [f"message {name.rsplit('.', 1)[-1]} {{"]
        if name in self._query_values:
            # It stands for its values in a query, where there are no objects.
            extra = None
            lines += [f"  option ({OPTION}.message) = {{shape: SHAPE_UNWRAP}};", ""]
        for number, field in enumerate(fields, 1):
            lines += field.lines(number) + [""]
        if extra is not None:
            text = extra
            if extra == "unset":
                text = ("JSON text by key, for keys and values that the fields above cannot hold."
                        if fields else
                        "JSON text by key, for keys that the contract does not know.")
            lines += wrap(text, 2) + ["  " + EXTRA, ""]
        for schema in self._nested.get(name, []):
            block = self.type(f"{name}.{self.names.type_of(schema).rsplit('.', 1)[-1]}", schema)
            lines += ["  " + line if line else "" for line in block.split("\n")] + [""]
        if lines[-1] == "":
            lines.pop()
        return "\n".join(lines + ["}"])

    def _enum(self, name, node):
        short = name.rsplit(".", 1)[-1]
        lines = wrap(self.comment(name, phrases.of_type(name)), 0)
        lines.append(f"enum {short} {{")
        prefix = naming.snake(short).upper() + "_"
        for number, value in enumerate(node["enum"]):
            text = phrases.of_value(value[len(prefix):] if value.startswith(prefix) else value)
            lines += wrap(self.comment(f"{name}.{value}", text), 2) + [f"  {value} = {number};"]
        return "\n".join(lines + ["}"])

    # Operations.

    def rpc(self, service, op):
        request, response = op["rpc"] + "Request", self._response_name(op)
        streaming = op.get("body", {}).get("kind") == "multipart"
        lines = wrap(self.comment(f"{service}.{op['rpc']}", phrases.of_rpc(op)), 2)
        lines.append(f"  rpc {op['rpc']}({'stream ' if streaming else ''}{request}) "
                     f"returns ({response}) {{")
        verb = op["verb"].lower()
        template = op["template"]
        if streaming:
            template = template.replace("{name=", "{metadata.name=")
        kind = op.get("body", {}).get("kind")
        if kind:
            body = op["body"]["field"] if kind == "field" else "*"
            lines += ["    option (google.api.http) = {", f'      {verb}: "{template}"',
                      f'      body: "{body}"', "    };"]
        else:
            lines.append(f'    option (google.api.http) = {{{verb}: "{template}"}};')
        if self._is_empty(op):
            lines.append(f"    option ({OPTION}.method) = {{empty_response: true}};")
        if streaming:
            part, = op["body"]["parts"]
            lines += [f"    option ({OPTION}.method) = {{", "      multipart: {",
                      f'        part: "{part}"', '        data: "data"',
                      '        file_name: "metadata.filename"',
                       '        size: "metadata.size_bytes"',
                      "      }", "    };"]
        return "\n".join(lines + ["  }"])

    @staticmethod
    def _is_empty(op):
        return op["response"].get("fields") == []

    def _response_name(self, op):
        if self._is_empty(op):
            return op["rpc"] + "Response"
        return self.names.type_of(op["response"]["ref"])

    def messages_of(self, op):
        """The request message of an operation, and its response unless that is a resource."""
        blocks = [self._request(op)]
        name = self._response_name(op)
        if self._is_empty(op):
            text = self.comment(name, phrases.of_empty_response(op))
            blocks.append(self._message(name, [], text))
        elif name.endswith("Response") and name not in self._written:
            self._written.add(name)
            blocks.append(self.type(name, op["response"]["ref"]))
        return blocks

    def _path_fields(self, op):
        fields = []
        for variable, pattern in re.findall(r"\{([\w.]+)(?:=([^}]+))?\}", op["template"]):
            if "." in variable:
                continue
            options = [f"({OPTION}.field).required = true"]
            if pattern:
                options.append(f"({OPTION}.field).resource_reference = true")
                text = phrases.of_path_variable(variable, pattern, self.pattern_words(pattern))
            else:
                text = f"The {phrases.noun(variable)}."
            text = self.comment(f"{op['rpc']}Request.{variable}", text)
            fields.append(Field(variable, "string", options, comment=text + " Required.",
                                plain=variable in PLAIN))
        return fields

    def _request(self, op):
        name = op["rpc"] + "Request"
        body = op.get("body", {})
        fields = self._path_fields(op)
        if body.get("kind") == "multipart":
            return self._upload_request(name, op, fields)
        extra = None
        if body.get("kind") == "whole":
            fields += [self.field(name, fact) for fact in self._schemas[body["schema"]]["fields"]]
            extra = "Refused when not empty: the upstream would drop keys that it does not know."
        elif body.get("kind") == "field":
            fields += self._body_fields(name, op)
        fields += [self.field(name, fact) for fact in op["query"]]
        return self._message(name, fields, self.comment(name, phrases.of_request(op)), extra)

    def _body_fields(self, name, op):
        field = op["body"]["field"]
        required = f"({OPTION}.field).required = true"
        type_name = self.names.type_of(op["body"]["schema"])
        noun = phrases.noun(type_name)
        if op["verb"] != "PATCH":
            text = f"The {noun}."
            if "name" in [fact["key"] for fact in self._schemas[op["body"]["schema"]]["fields"]]:
                text += " Its `name` is not read."
            return [Field(field, type_name, [required],
                          comment=self.comment(f"{name}.{field}", text) + " Required.", plain=True)]
        text = f"The {noun}, found by its `name`, with the new values. What a Get answered can " \
               "be sent back: fields outside the mask are not read."
        mask = f"Fields of the {noun} to change. A field that is named here and unset in " \
               f"`{field}` is cleared; output-only ones are left alone; `*` names all."
        return [
            Field(field, type_name, [required],
                  comment=self.comment(f"{name}.{field}", text) + " Required.", plain=True),
            Field("update_mask", "google.protobuf.FieldMask", [required],
                  comment=self.comment(f"{name}.update_mask", mask) + " Required.", plain=True),
        ]

    def _upload_request(self, name, op, path_fields):
        """Metadata first, then the bytes (the one client-streaming shape there is)."""
        metadata = self._message(
            f"{name}.Metadata",
            path_fields + [
                Field("filename", "string",
                      comment="Name of the file, as the upload's form tells it. Unset: `file`."),
                Field("size_bytes", "int64",
                      comment="Number of bytes that follow. Unset: not known; the upload is "
                              "chunked."),
            ],
            self.comment(f"{name}.Metadata", "What the first message tells."), None)
        lines = wrap(self.comment(name, f"One message of the stream of {op['rpc']}: the metadata "
                                        "first, then the bytes in pieces."), 0)
        lines += [f"message {name} {{"]
        lines += wrap("Which part of the upload this message is.", 2) + ["  oneof kind {"]
        lines += wrap("What is uploaded, and whereto. The first message, and no other.", 4)
        lines += ["    Metadata metadata = 1;", ""]
        lines += wrap("The next bytes of the file.", 4) + ["    bytes data = 2;", "  }", ""]
        lines += ["  " + line if line else "" for line in metadata.split("\n")]
        return "\n".join(lines + ["}"])
