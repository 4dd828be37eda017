#include "client/cpp/chat_renderer.h"

#include <string>
#include <vector>

#include "client/cpp/testing/fake_service.h"
#include "gtest/gtest.h"

namespace fireworks::client {
namespace {

using fireworks::inference::v1::ChatCompletionMessageToolCall;
using Chunk = fireworks::inference::v1::ChatCompletionStreamResponse;

constexpr ChatRenderer::Options kPlain{};
constexpr ChatRenderer::Options kColor{/*show_reasoning=*/true, /*color=*/true, /*terminal=*/true};

std::string RenderAll(const ChatRenderer::Options& options, const std::vector<Chunk>& chunks) {
  ChatRenderer renderer(options);
  std::string text;
  for (const Chunk& chunk : chunks) text += renderer.Render(chunk);
  return text + renderer.Finish();
}

ChatCompletionMessageToolCall* AddCall(Chunk* chunk, absl::string_view name,
                                       absl::string_view arguments) {
  auto* call = chunk->add_choices()->mutable_delta()->add_tool_calls();
  auto* function = call->mutable_function()->mutable_call();
  if (!name.empty()) function->set_name(std::string(name));
  if (!arguments.empty()) function->mutable_arguments()->set_text(std::string(arguments));
  return call;
}

Chunk CallHeader(int index, absl::string_view id, absl::string_view name) {
  Chunk chunk;
  auto* call = AddCall(&chunk, name, "");
  call->set_index(index);
  call->set_id(std::string(id));
  return chunk;
}

Chunk CallFragment(int index, absl::string_view arguments) {
  Chunk chunk;
  AddCall(&chunk, "", arguments)->set_index(index);
  return chunk;
}

TEST(ChatRenderer, EachPieceOfTheAnswerComesOutAtOnce) {
  ChatRenderer renderer(kPlain);
  EXPECT_EQ(renderer.Render(ContentChunk("Hel")), "Hel");
  EXPECT_EQ(renderer.Render(ContentChunk("lo")), "lo");
  EXPECT_EQ(renderer.Finish(), "\n");
}

TEST(ChatRenderer, AnAnswerThatEndsItsLineGetsNoSecondNewline) {
  EXPECT_EQ(RenderAll(kPlain, {ContentChunk("Hello\n")}), "Hello\n");
}

TEST(ChatRenderer, NothingSaidPrintsNothing) {
  Chunk role_only;
  role_only.add_choices()->mutable_delta()->set_role("assistant");
  EXPECT_EQ(RenderAll(kPlain, {role_only, Chunk(), FinishChunk("stop")}), "");
}

TEST(ChatRenderer, ReasoningIsDimmedAndABlankLineAboveTheAnswer) {
  EXPECT_EQ(RenderAll(kColor, {ReasoningChunk("Let me"), ReasoningChunk(" see."),
                               ContentChunk("Yes"), ContentChunk(".")}),
            "\x1b[2mLet me\x1b[0m\x1b[2m see.\x1b[0m\n\nYes.\n");
}

TEST(ChatRenderer, ReasoningIsPlainWithoutColor) {
  EXPECT_EQ(RenderAll(kPlain, {ReasoningChunk("Hm."), ContentChunk("Yes.")}), "Hm.\n\nYes.\n");
}

TEST(ChatRenderer, NewlinesAtTheEndOfReasoningCountForTheBlankLine) {
  EXPECT_EQ(RenderAll(kPlain, {ReasoningChunk("Hm.\n"), ContentChunk("Yes.")}), "Hm.\n\nYes.\n");
  EXPECT_EQ(RenderAll(kPlain, {ReasoningChunk("Hm.\n"), ReasoningChunk("\n"),
                               ContentChunk("Yes.")}),
            "Hm.\n\nYes.\n");
}

TEST(ChatRenderer, ReasoningMayComeBackBetweenPiecesOfTheAnswer) {
  EXPECT_EQ(RenderAll(kPlain, {ContentChunk("a"), ReasoningChunk("b"), ContentChunk("c")}),
            "a\n\nb\n\nc\n");
}

TEST(ChatRenderer, HiddenReasoningLeavesNoTrace) {
  ChatRenderer::Options options;
  options.show_reasoning = false;
  EXPECT_EQ(RenderAll(options, {ReasoningChunk("Hm."), ContentChunk("Yes.")}), "Yes.\n");
}

TEST(ChatRenderer, ToolCallsAreAssembledFromHeaderAndFragments) {
  EXPECT_EQ(RenderAll(kPlain, {CallHeader(0, "call_1", "get_weather"),
                               CallFragment(0, "{\"city\":"), CallFragment(0, " \"Oslo\"}"),
                               FinishChunk("tool_calls")}),
            "tool call get_weather({\"city\": \"Oslo\"}) [call_1]\n");
}

TEST(ChatRenderer, ParallelToolCallsMayComeInterleaved) {
  EXPECT_EQ(RenderAll(kPlain, {CallHeader(0, "a", "f"), CallHeader(1, "b", "g"),
                               CallFragment(0, "{}"), CallFragment(1, "[1]"),
                               FinishChunk("tool_calls")}),
            "tool call f({}) [a]\ntool call g([1]) [b]\n");
}

TEST(ChatRenderer, ToolCallsWithoutIndexAreToldApartByTheirIds) {
  Chunk first;
  AddCall(&first, "f", "{")->set_id("a");
  Chunk rest;
  AddCall(&rest, "", "}");
  Chunk second;
  AddCall(&second, "g", "{}")->set_id("b");
  EXPECT_EQ(RenderAll(kPlain, {first, rest, second, FinishChunk("tool_calls")}),
            "tool call f({}) [a]\ntool call g({}) [b]\n");
}

TEST(ChatRenderer, WhatEachPieceOfAToolCallRepeatsIsShownOnce) {
  Chunk first;
  AddCall(&first, "f", "{")->set_id("a");
  Chunk second;
  AddCall(&second, "g", "[1]")->set_id("b");
  Chunk rest;
  AddCall(&rest, "f", "}")->set_id("a");
  EXPECT_EQ(RenderAll(kPlain, {first, second, rest, FinishChunk("tool_calls")}),
            "tool call f({}) [a]\ntool call g([1]) [b]\n");
}

TEST(ChatRenderer, ToolCallsStandApartFromTheAnswer) {
  EXPECT_EQ(RenderAll(kColor, {ContentChunk("I look."), CallHeader(0, "a", "f"),
                               FinishChunk("tool_calls")}),
            "I look.\n\n\x1b[2mtool call f() [a]\n\x1b[0m");
}

TEST(ChatRenderer, AToolCallThatTheStreamCutsOffIsMarked) {
  EXPECT_EQ(RenderAll(kPlain, {CallHeader(0, "a", "f"), CallFragment(0, "{\"x")}),
            "tool call f({\"x) [a] (cut off)\n");
  EXPECT_EQ(RenderAll(kPlain, {CallHeader(0, "a", "f"), FinishChunk("length")}),
            "tool call f() [a] (cut off)\n");
}

TEST(ChatRenderer, ArgumentsInObjectFormAndBareTextAreShownToo) {
  Chunk object;
  AddCall(&object, "f", "")->mutable_function()->mutable_call()->mutable_arguments()->set_object(
      "{\"x\":1}");
  EXPECT_EQ(RenderAll(kPlain, {object, FinishChunk("tool_calls")}), "tool call f({\"x\":1})\n");
  Chunk text;
  text.add_choices()->mutable_delta()->add_tool_calls()->mutable_function()->set_text("f 1");
  EXPECT_EQ(RenderAll(kPlain, {text, FinishChunk("tool_calls")}), "tool call (f 1)\n");
}

TEST(ChatRenderer, OtherChoicesAreNotShown) {
  Chunk other = ContentChunk("other");
  other.mutable_choices(0)->set_index(1);
  EXPECT_EQ(RenderAll(kPlain, {ContentChunk("this"), other}), "this\n");
}

TEST(ChatRenderer, TheModelCannotControlATerminal) {
  EXPECT_EQ(RenderAll(kColor, {ContentChunk("\x1b[31mred")}), "^[[31mred\n");
}

TEST(ChatRenderer, OutsideATerminalTextPassesAsItIs) {
  EXPECT_EQ(RenderAll(kPlain, {ContentChunk("\x1b[31mred")}), "\x1b[31mred\n");
}

TEST(ChatRenderer, KeepsTheFinishReason) {
  ChatRenderer renderer(kPlain);
  EXPECT_EQ(renderer.finish_reason(), "");
  renderer.Render(FinishChunk("length"));
  EXPECT_EQ(renderer.finish_reason(), "length");
}

}  // namespace
}  // namespace fireworks::client
