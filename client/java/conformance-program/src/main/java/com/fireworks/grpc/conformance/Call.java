package com.fireworks.grpc.conformance;

import com.fireworks.grpc.client.Answer;
import com.fireworks.grpc.client.ChatAccumulator;
import com.fireworks.grpc.client.FireworksClient;
import com.fireworks.grpc.client.FireworksException;
import com.fireworks.grpc.client.PageIterator;
import com.fireworks.grpc.client.RequestOptions;
import com.fireworks.grpc.client.ResponseStream;
import com.fireworks.grpc.gateway.v1.DatasetServiceGrpc;
import com.fireworks.grpc.gateway.v1.ListModelsRequest;
import com.fireworks.grpc.gateway.v1.ListModelsResponse;
import com.fireworks.grpc.gateway.v1.Model;
import com.fireworks.grpc.gateway.v1.ModelServiceGrpc;
import com.fireworks.grpc.inference.v1.AnthropicCreateMessageParams;
import com.fireworks.grpc.inference.v1.AnthropicMessageStreamEvent;
import com.fireworks.grpc.inference.v1.ChatCompletionServiceGrpc;
import com.fireworks.grpc.inference.v1.ChatCompletionStreamResponse;
import com.fireworks.grpc.inference.v1.EmbeddingServiceGrpc;
import com.fireworks.grpc.inference.v1.MessageServiceGrpc;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.protobuf.Message;
import io.grpc.MethodDescriptor;
import io.grpc.MethodDescriptor.PrototypeMarshaller;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/** One call: what to do, and doing it. */
final class Call {
  private final String operation;
  private final JsonElement request;
  private final RequestOptions options;
  private final int cancelAfter;
  private final int limit;
  private final String file;
  private final List<String> want;

  Call(Fields fields) {
    operation = fields.require("operation").getAsString();
    request = fields.take("request");
    options = readOptions(fields);
    cancelAfter = fields.takeNumber("cancel_after");
    limit = fields.takeNumber("limit");
    file = fields.takeString("file");
    want = fields.takeStrings("want");
    if (!List.of("messages", "response").containsAll(want)) {
      throw new IllegalArgumentException("cannot observe all of " + want);
    }
    fields.requireNothingLeft();
  }

  private static RequestOptions readOptions(Fields fields) {
    RequestOptions options = RequestOptions.defaults();
    Fields metadata = fields.takeObject("metadata");
    if (metadata != null) {
      for (Map.Entry<String, String> pair : metadata.takeAllStrings().entrySet()) {
        options = options.withMetadata(pair.getKey(), pair.getValue());
      }
    }
    int timeout = fields.takeNumber("timeout_ms");
    if (timeout >= 0) {
      options = options.withTimeout(Duration.ofMillis(timeout));
    }
    return fields.takeFlag("wait_for_ready") ? options.withWaitForReady() : options;
  }

  JsonObject run(FireworksClient client) throws IOException {
    Observation observation = new Observation();
    switch (operation) {
      case "create_chat_completion":
        observation.text(
            unary(client, ChatCompletionServiceGrpc.getCreateChatCompletionMethod(), observation));
        break;
      case "stream_chat_completion":
        streamChatCompletion(client, observation);
        break;
      case "create_embedding":
        unary(client, EmbeddingServiceGrpc.getCreateEmbeddingMethod(), observation);
        break;
      case "stream_message":
        streamMessage(client, observation);
        break;
      case "get_model":
        unary(client, ModelServiceGrpc.getGetModelMethod(), observation);
        break;
      case "create_dataset":
        unary(client, DatasetServiceGrpc.getCreateDatasetMethod(), observation);
        break;
      case "delete_model":
        unary(client, ModelServiceGrpc.getDeleteModelMethod(), observation);
        break;
      case "list_models":
        listModels(client, observation);
        break;
      case "upload_dataset_file":
        uploadDatasetFile(client, observation);
        break;
      default:
        throw new IllegalArgumentException("unknown operation '" + operation + "'");
    }
    return observation.toJson();
  }

  /** The request, of the type that the method takes. */
  @SuppressWarnings("unchecked")
  private <Q extends Message> Q requestOf(MethodDescriptor<Q, ?> method) {
    PrototypeMarshaller<Q> marshaller = (PrototypeMarshaller<Q>) method.getRequestMarshaller();
    Message.Builder builder = marshaller.getMessagePrototype().newBuilderForType();
    return (Q) (request == null ? builder.build() : ProtoJson.parse(request, builder));
  }

  /** Null when it failed. */
  private <Q extends Message, R extends Message> R unary(
      FireworksClient client, MethodDescriptor<Q, R> method, Observation observation) {
    Q message = requestOf(method);
    try {
      Answer<R> answer = client.call(method, message, options);
      observation.succeeded(answer.getMetadata());
      if (want.contains("response")) {
        observation.response(answer.getMessage());
      }
      return answer.getMessage();
    } catch (FireworksException e) {
      observation.failed(e);
      return null;
    }
  }

  private void streamChatCompletion(FireworksClient client, Observation observation) {
    ChatAccumulator accumulator = new ChatAccumulator();
    ResponseStream<ChatCompletionStreamResponse> stream =
        client.streamChatCompletion(
            requestOf(ChatCompletionServiceGrpc.getStreamChatCompletionMethod()), options);
    read(stream, accumulator::add, observation);
    observation.accumulated(accumulator);
  }

  private void streamMessage(FireworksClient client, Observation observation) {
    MethodDescriptor<AnthropicCreateMessageParams, AnthropicMessageStreamEvent> method =
        MessageServiceGrpc.getStreamMessageMethod();
    read(client.stream(method, requestOf(method), options), event -> {}, observation);
  }

  private <T extends Message> void read(
      ResponseStream<T> stream, Consumer<T> each, Observation observation) {
    try (stream) {
      if (cancelAfter == 0) {
        stream.cancel();
      }
      for (T message : stream) {
        each.accept(message);
        if (observation.message(message, want.contains("messages")) == cancelAfter) {
          stream.cancel();
        }
      }
      observation.succeeded(stream.getMetadata());
    } catch (FireworksException e) {
      observation.failed(e);
    }
    observation.messageCount();
  }

  private void listModels(FireworksClient client, Observation observation) {
    MethodDescriptor<ListModelsRequest, ListModelsResponse> method =
        ModelServiceGrpc.getListModelsMethod();
    PageIterator<Model> models =
        client
            .list(method, requestOf(method), ListModelsResponse::getModelsList, options)
            .iterator();
    try {
      for (int count = 0; count != limit && models.hasNext(); count++) {
        observation.name(models.next().getName());
      }
      observation.succeeded(models.getMetadata());
    } catch (FireworksException e) {
      observation.failed(e);
    }
    observation.names();
  }

  private void uploadDatasetFile(FireworksClient client, Observation observation)
      throws IOException {
    Fields fields = Fields.of(request, "request");
    String dataset = fields.require("name").getAsString();
    fields.requireNothingLeft();
    try {
      Answer<? extends Message> answer =
          client.uploadDatasetFile(dataset, Path.of(file), sent -> {}, options);
      observation.succeeded(answer.getMetadata());
      if (want.contains("response")) {
        observation.response(answer.getMessage());
      }
    } catch (FireworksException e) {
      observation.failed(e);
    }
  }
}
