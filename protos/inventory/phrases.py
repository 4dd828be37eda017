"""Comments that names alone allow: true and plain, to be bettered by hand."""

import re

import naming

ACRONYMS = {"api": "API", "aws": "AWS", "dpo": "DPO", "rlor": "RLOR", "llm": "LLM", "url": "URL",
            "urls": "URLs", "uri": "URI", "orpo": "ORPO", "saml": "SAML", "oidc": "OIDC"}
# What a custom verb does to its object: third person, and what is so afterwards.
VERBS = {"Cancel": ("Cancels", "is being cancelled"), "Delete": ("Deletes", "is deleted"),
         "Execute": ("Executes", "is under way"), "Prepare": ("Prepares", "is being prepared"),
         "Reset": ("Resets", "is reset"), "Scale": ("Scales", "is scaling"),
         "Validate": ("Validates", "is valid")}
COMMON_FIELDS = {
    "create_time": "When it was created.",
    "update_time": "When it last changed.",
    "completed_time": "When it ended. Unset while it runs.",
    "created_by": "Email address of the user who created it.",
    "display_name": "A name for people. Unset: none.",
    "description": "A description for people. Unset: none.",
    "page_size": "Most entries to answer with; above 200 means 200. 0: 50.",
    "page_token": "`next_page_token` of the page before; all other fields but `page_size` must be "
                  "the same as there. Empty: the first page.",
    "filter": "Which entries to list, in the grammar of AIP-160. Empty: all.",
    "order_by": "Fields to sort by, separated by commas, ` desc` behind a field for descending "
                "order. Empty: the upstream's order.",
    "read_mask": "Fields to answer with. Unset, empty or `*`: all.",
    "next_page_token": "Token of the next page. Empty: this was the last.",
    "total_size": "Number of entries on all pages.",
}


def noun(name):
    """DpoJob -> DPO job."""
    text = " ".join(ACRONYMS.get(word, word) for word in naming.words(name).split())
    return text.replace("fine tuning", "fine-tuning")


def with_article(text):
    vowel = re.match(r"(?!u(?:s|ni))[aeiou]|API|AWS|RLOR|ORPO|LLM|OIDC|SAML", text)
    return ("an " if vowel else "a ") + text


def split_rpc(op):
    """GetModel -> (Get, model)."""
    verb, rest = re.match(r"([A-Z][a-z]+)(.*)", op["rpc"]).groups()
    return verb, noun(rest or naming.singular(naming.collection_of(op)))


def of_rpc(op):
    verb, thing = split_rpc(op)
    if verb == "List":
        owner = " of an account" if "{parent=accounts/*}" in op["template"] else ""
        return f"Lists the {thing}{owner}, page by page."
    if verb == "Update":
        return f"Changes those fields of {with_article(thing)} that the mask names."
    third = VERBS[verb][0] if verb in VERBS else verb + ("es" if verb.endswith("s") else "s")
    return f"{third} {with_article(thing)}."


def of_request(op):
    verb, thing = split_rpc(op)
    if verb == "List":
        return f"Which {thing} to list."
    if verb == "Update":
        return "The change to make."
    return f"The {thing} to {verb.lower()}."


def of_empty_response(op):
    verb, thing = split_rpc(op)
    return f"The {thing} {VERBS[verb][1] if verb in VERBS else 'is accepted'}."


def of_type(name):
    short = name.rsplit(".", 1)[-1]
    if short.startswith("List") and short.endswith("Response"):
        return f"One page of {noun(short[4:-8])}."
    text = with_article(noun(short))
    return text[0].upper() + text[1:] + "."


def of_value(value):
    if value.endswith("UNSPECIFIED"):
        return "Not told."
    return value.replace("_", " ").capitalize() + "."


def of_field(owner, name, pattern):
    short = owner.rsplit(".", 1)[-1]
    if name == "name":
        return f"Resource name, `{pattern}`." if pattern else "Name."
    if name in COMMON_FIELDS:
        return COMMON_FIELDS[name]
    if name == "status":
        return f"How the last operation on the {noun(short)} went."
    if name == "state":
        return f"Where the {noun(short)} stands."
    if short.startswith("List") and short.endswith("Response"):
        return f"The {noun(name)}. May be fewer than asked for."
    owner_noun = noun(re.sub(r"(Request|Response)$", "", short))
    return f"The {noun(name)} of the {owner_noun}."


def of_path_variable(variable, pattern, pattern_words):
    if pattern == "accounts/*":
        return "The account, `accounts/ACCOUNT`; `accounts/-` is the service's own."
    literal = [part for part in pattern.split("/") if part != "*"][-1]
    thing = noun(naming.singular(literal))
    return (f"Resource name of the {thing}, `{pattern_words}`; `accounts/-` is the service's own "
            "account.")


def of_file(stem):
    if stem.endswith("_service"):
        stem = stem[: -len("_service")]
        return f"Operations on {naming.plural(noun(stem))}."
    text = naming.plural(noun(stem))
    return text[0].upper() + text[1:] + "."
