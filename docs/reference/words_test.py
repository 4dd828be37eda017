#!/usr/bin/env python3
"""What the reference says, on testdata/library.proto, which has one of each thing."""

from __future__ import annotations

import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

FOLDER = pathlib.Path("docs/reference")
sys.path.insert(0, str(FOLDER.absolute()))

import words  # noqa: E402
from contract import Contract, Message, Rpc, all_rpcs, load, types_of_calls  # noqa: E402
from pages import write_pages  # noqa: E402

LIBRARY = FOLDER / "library.binpb"


def library() -> Contract:
    return load(LIBRARY.read_bytes(), package="library.")


class WordsTest(unittest.TestCase):
    def setUp(self) -> None:
        self.contract = library()

    def rpc(self, name: str) -> Rpc:
        return next(rpc for rpc in all_rpcs(self.contract) if rpc.name == name)

    def message(self, title: str) -> Message:
        return self.contract.messages["library.v1." + title]

    def form(self, name: str, title: str = "Book") -> str:
        message = self.message(title)
        field = next(field for field in message.fields if field.name == name)
        return words.field_form(field, message, self.contract)

    def notes(self, name: str, title: str = "Book") -> list[str]:
        message = self.message(title)
        field = next(field for field in message.fields if field.name == name)
        return words.field_words(field, message)

    def test_get_puts_the_rest_of_the_request_in_the_query(self) -> None:
        self.assertEqual(
            words.request_words(self.rpc("GetBook"), self.contract),
            ["In the path: `name`.", "In the query: `readMask`, `copies[…]`, `reader.…`."],
        )

    def test_patch_sends_what_the_mask_names(self) -> None:
        self.assertEqual(
            words.request_words(self.rpc("UpdateBook"), self.contract),
            [
                "In the path: `book.name`.",
                "The body is `book`: exactly the fields that `update_mask` names.",
                "In the query: `dryRun`.",
            ],
        )

    def test_post_sends_what_is_not_in_the_path(self) -> None:
        rpc = self.rpc("ReadBook")
        self.assertEqual(
            words.request_words(rpc, self.contract),
            ["In the path: `name`.", "The body is the request without `name`."],
        )
        self.assertEqual(
            words.method_words(rpc),
            [
                "Trailing metadata tells prompt tokens from `usage.in`; "
                "generated tokens from `usage.out`, `usage.said`.",
                "`voice` names the model, or an alias of one.",
            ],
        )

    def test_stream(self) -> None:
        (sentence,) = words.method_words(self.rpc("StreamBook"))
        for part in (
            "Sends the HTTP request of `ReadBook`",
            'The service adds `"stream": true` to the body.',
            "The event `[END]` ends the stream; it is no message.",
            "Complete after `end`, `enough`.",
        ):
            self.assertIn(part, sentence)

    def test_upload(self) -> None:
        rpc = self.rpc("ScanBook")
        self.assertEqual(words.request_words(rpc, self.contract), ["In the path: `metadata.name`."])
        upload, empty = words.method_words(rpc)
        self.assertIn("one part, `file`", upload)
        self.assertIn("The bytes are in `data`.", upload)
        self.assertEqual(empty, "The upstream answers without content.")

    def test_rpc_of_the_service_itself(self) -> None:
        rpc = self.rpc("TellTime")
        self.assertEqual(words.request_words(rpc, self.contract), [])
        self.assertEqual(
            words.method_words(rpc), ["Answered by the service itself; nothing is sent."]
        )
        self.assertNotIn("library.v1.TellTimeResponse", types_of_calls(self.contract))
        self.assertIn("library.v1.Book.Title.Titles", types_of_calls(self.contract))

    def test_json_forms(self) -> None:
        for name, form in {
            "name": "string",
            "page_count": "string (integer)",
            "write_time": "string (RFC 3339)",
            "reading_time": "string (seconds, as 3.5s)",
            "kind": "string",
            "tags": "{number}",
            "title": "string | {string}",
            "parts": "[object]",
            "rows": "[[integer]]",
            "notes": "any",
        }.items():
            self.assertEqual(self.form(name), form, name)

    def test_shapes(self) -> None:
        for title, shape in {
            "Book": "",
            "Book.Title": "As JSON `string | {string}`: the value of the arm that is set.",
            "Book.Row": "As JSON `[integer]`: the value of its one field.",
            "Book.Part": "As JSON an object: the arm that is set, with the key `type` that tells "
            "which.",
        }.items():
            self.assertEqual(words.shape_words(self.message(title), self.contract), shape)

    def test_notes_on_fields(self) -> None:
        self.assertEqual(self.notes("name"), ["empty is unset", "output only"])
        self.assertEqual(self.notes("page_count"), ["may be unset"])
        self.assertEqual(self.notes("write_time"), ["may be unset"])
        self.assertEqual(self.notes("kind"), ["zero is unset"])
        self.assertEqual(self.notes("parts"), ["empty is unset"])
        self.assertEqual(
            self.notes("notes"), ["empty is unset", "raw JSON", "`null` when unset", "secret"]
        )
        self.assertEqual(self.notes("form"), ["empty is unset", "`codex` when unset"])
        self.assertEqual(
            self.notes("name", "GetBookRequest"), ["empty is unset", "required", "resource name"]
        )
        self.assertEqual(
            self.notes("chapter", "Book.Part"), ["one of `kind`", "when `type` is `chapter`"]
        )
        self.assertEqual(self.notes("titles", "Book.Title"), ["one of `kind`", "when it has `en`"])

    def test_option_without_words_is_an_error(self) -> None:
        with self.assertRaisesRegex(words.UnknownOption, "MethodMapping.model has no words"):
            words.in_words(self.rpc("ReadBook").mapping, {"usage": str})


class PagesTest(unittest.TestCase):
    def setUp(self) -> None:
        self.pages = write_pages(library(), style="")
        self.page = self.pages["library.html"]

    def test_text_is_escaped(self) -> None:
        for page in self.pages.values():
            self.assertNotIn("<script", page)
            self.assertNotIn("<b>", page)
        self.assertIn("&lt;script&gt;alert(\"1 &lt; 2 &amp;&amp; 'x'\")&lt;/script&gt;", self.page)
        self.assertIn("A library with &lt;b&gt;every&lt;/b&gt; option", self.page)

    def test_paragraphs_stay_apart(self) -> None:
        self.assertIn("<p>Gets a book.</p><p>In two paragraphs.</p>", self.page)

    def test_stream_shows_the_path_of_its_twin(self) -> None:
        section = self.page.split('id="library.v1.LibraryService.StreamBook"')[1]
        self.assertIn("POST /v1/{name=shelves/*/books/*}:read", section.split("</section>")[0])

    def test_field_shows_its_key_unless_it_is_none(self) -> None:
        text = re.sub(r"<[^>]*>", "", self.page)
        self.assertIn('form string = 11 "book-form": string', text)
        self.assertIn('pageCount": string (integer)', text)
        self.assertIn("chapter Line = 1 object", text)
        self.assertNotIn('"extraJson"', text)

    def test_fields_of_local_rpcs_have_no_json(self) -> None:
        section = self.page.split('id="library.v1.TellTimeResponse.now"')[1]
        self.assertNotIn("RFC 3339", section.split("</div>")[0])

    def test_types_tell_where_they_are_used(self) -> None:
        section = self.page.split('id="library.v1.Line"')[1].split("</section>")[0]
        for use in ("LibraryService.ReadBook", "LibraryService.StreamBook", "Book.Part.chapter"):
            self.assertIn(f">{use}</a>", section)

    def test_types_of_others_are_no_links(self) -> None:
        self.assertIn('class="type">google.protobuf.Timestamp</span>', self.page)


class CommandTest(unittest.TestCase):
    def run_command(self, *arguments: str | pathlib.Path) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-B", FOLDER / "generate.py", *arguments],
            capture_output=True,
            text=True,
            check=False,
        )

    def test_same_input_gives_the_same_bytes(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            style = pathlib.Path(folder, "style.css")
            style.write_text("p {}", encoding="utf-8")
            outputs = [pathlib.Path(folder, name) for name in ("a.zip", "b.zip")]
            for output in outputs:
                self.assertEqual(self.run_command(LIBRARY, style, output).returncode, 0)
            self.assertEqual(outputs[0].read_bytes(), outputs[1].read_bytes())

    def test_wrong_arguments_get_usage(self) -> None:
        result = self.run_command("only-one")
        self.assertEqual(result.returncode, 2)
        self.assertIn("Usage:", result.stderr)


if __name__ == "__main__":
    unittest.main()
