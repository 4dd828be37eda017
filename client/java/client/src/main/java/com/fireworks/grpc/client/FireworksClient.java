package com.fireworks.grpc.client;

import com.fireworks.grpc.gateway.v1.DatasetServiceGrpc;
import com.fireworks.grpc.gateway.v1.FileUploadResponse;
import com.fireworks.grpc.inference.v1.AnthropicCreateMessageParams;
import com.fireworks.grpc.inference.v1.AnthropicMessageStreamEvent;
import com.fireworks.grpc.inference.v1.ChatCompletionRequest;
import com.fireworks.grpc.inference.v1.ChatCompletionResponse;
import com.fireworks.grpc.inference.v1.ChatCompletionServiceGrpc;
import com.fireworks.grpc.inference.v1.ChatCompletionStreamResponse;
import com.fireworks.grpc.inference.v1.EmbeddingRequest;
import com.fireworks.grpc.inference.v1.EmbeddingResponse;
import com.fireworks.grpc.inference.v1.EmbeddingServiceGrpc;
import com.fireworks.grpc.inference.v1.MessageServiceGrpc;
import com.google.protobuf.Message;
import io.grpc.Channel;
import io.grpc.ManagedChannel;
import io.grpc.MethodDescriptor;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Flow;
import java.util.function.Function;
import java.util.function.LongConsumer;

/**
 * A connection to fireworks-grpc. Thread-safe, and costly to make: make one and share it; close it
 * at the end.
 *
 * <p>What is called most often has a method of its own. Every other operation of the contract is
 * reached by its descriptor, which the generated class of its service has:
 *
 * <pre>{@code
 * Model model = client.call(ModelServiceGrpc.getGetModelMethod(), request);
 * }</pre>
 *
 * <p>or by the generated stubs on {@link #channel}. Every failure is a {@link FireworksException};
 * a stub's becomes one by {@link FireworksException#from}.
 */
public final class FireworksClient implements AutoCloseable {
  private final ManagedChannel channel;

  FireworksClient(ManagedChannel channel) {
    this.channel = channel;
  }

  public static FireworksClientBuilder builder() {
    return new FireworksClientBuilder();
  }

  /** A client that calls over this channel, as it is, and closes it: for tests and the like. */
  public static FireworksClient over(ManagedChannel channel) {
    return new FireworksClient(channel);
  }

  /** For generated stubs: {@code ModelServiceGrpc.newFutureStub(client.channel())}. */
  public Channel channel() {
    return channel;
  }

  // ---- Inference ----

  public ChatCompletionResponse createChatCompletion(ChatCompletionRequest request) {
    return call(ChatCompletionServiceGrpc.getCreateChatCompletionMethod(), request);
  }

  /** Streams an answer; {@link ChatAccumulator} puts it together. */
  public ResponseStream<ChatCompletionStreamResponse> streamChatCompletion(
      ChatCompletionRequest request) {
    return streamChatCompletion(request, RequestOptions.defaults());
  }

  public ResponseStream<ChatCompletionStreamResponse> streamChatCompletion(
      ChatCompletionRequest request, RequestOptions options) {
    return stream(ChatCompletionServiceGrpc.getStreamChatCompletionMethod(), request, options);
  }

  /** The same without a thread that waits. */
  public Flow.Publisher<ChatCompletionStreamResponse> publishChatCompletion(
      ChatCompletionRequest request) {
    return publish(
        ChatCompletionServiceGrpc.getStreamChatCompletionMethod(),
        request,
        RequestOptions.defaults());
  }

  public EmbeddingResponse createEmbedding(EmbeddingRequest request) {
    return call(EmbeddingServiceGrpc.getCreateEmbeddingMethod(), request);
  }

  public ResponseStream<AnthropicMessageStreamEvent> streamMessage(
      AnthropicCreateMessageParams request) {
    return stream(MessageServiceGrpc.getStreamMessageMethod(), request, RequestOptions.defaults());
  }

  // ---- Any operation ----

  /** Calls a unary method and waits for its response. */
  public <Q, R> R call(MethodDescriptor<Q, R> method, Q request) {
    return call(method, request, RequestOptions.defaults()).getMessage();
  }

  /** The same, with options and with what the service tells beside the response. */
  public <Q, R> Answer<R> call(MethodDescriptor<Q, R> method, Q request, RequestOptions options) {
    return Calls.await(callAsync(method, request, options));
  }

  /**
   * Calls a unary method. Cancelling the future cancels the call; a failure is a {@link
   * FireworksException}. What is chained to it runs on gRPC's threads and must not block.
   */
  public <Q, R> CompletableFuture<Answer<R>> callAsync(
      MethodDescriptor<Q, R> method, Q request, RequestOptions options) {
    requireType(method, MethodDescriptor.MethodType.UNARY);
    return Calls.unary(channel, method, request, options);
  }

  /** Calls a server-streaming method. Close what it answers. */
  public <Q, R> ResponseStream<R> stream(
      MethodDescriptor<Q, R> method, Q request, RequestOptions options) {
    requireType(method, MethodDescriptor.MethodType.SERVER_STREAMING);
    return ResponseStream.open(channel.newCall(method, options.callOptions()), request, options);
  }

  /** A server-streaming method that is called, once for each subscriber, when it subscribes. */
  public <Q, R> Flow.Publisher<R> publish(
      MethodDescriptor<Q, R> method, Q request, RequestOptions options) {
    requireType(method, MethodDescriptor.MethodType.SERVER_STREAMING);
    return new StreamPublisher<>(
        () -> channel.newCall(method, options.callOptions()), request, options);
  }

  /**
   * The items of a list method as one sequence.
   *
   * <pre>{@code
   * for (Model model :
   *     client.list(ModelServiceGrpc.getListModelsMethod(), request, ListModelsResponse::getModelsList)) ...
   * }</pre>
   *
   * @param itemsOf takes the items out of a page
   */
  public <Q extends Message, R extends Message, T> Pages<T> list(
      MethodDescriptor<Q, R> method,
      Q request,
      Function<? super R, ? extends Iterable<? extends T>> itemsOf) {
    return list(method, request, itemsOf, RequestOptions.defaults());
  }

  public <Q extends Message, R extends Message, T> Pages<T> list(
      MethodDescriptor<Q, R> method,
      Q request,
      Function<? super R, ? extends Iterable<? extends T>> itemsOf,
      RequestOptions options) {
    return new Pages<>(
        () ->
            new PageIterator<>(
                token -> {
                  Answer<R> page = call(method, Paging.request(request, token), options);
                  return new PageIterator.Page<>(
                      itemsOf.apply(page.getMessage()).iterator(),
                      page.getMetadata(),
                      Paging.next(request, page.getMessage()));
                }));
  }

  /**
   * Waits until a resource is done.
   *
   * @param getter the method that gets the resource, such as {@code
   *     DeploymentServiceGrpc.getGetDeploymentMethod()}
   */
  public <Q, R extends Message> Waiter<R> waitFor(MethodDescriptor<Q, R> getter, Q request) {
    return new Waiter<>(
        limit -> call(getter, request, RequestOptions.defaults().withTimeout(limit)).getMessage(),
        Waiter.SYSTEM_CLOCK);
  }

  /** Uploads a file of up to 150 MB to a dataset. */
  public FileUploadResponse uploadDatasetFile(String dataset, Path file) throws IOException {
    return uploadDatasetFile(dataset, file, sent -> {}, RequestOptions.defaults()).getMessage();
  }

  /**
   * The same, with progress.
   *
   * @param dataset {@code accounts/ACCOUNT/datasets/ID}
   * @param sentBytes is told how many bytes have been sent so far
   * @throws IOException when the file cannot be read
   */
  public Answer<FileUploadResponse> uploadDatasetFile(
      String dataset, Path file, LongConsumer sentBytes, RequestOptions options)
      throws IOException {
    return new DatasetUpload(
            channel.newCall(DatasetServiceGrpc.getUploadDatasetFileMethod(), options.callOptions()))
        .send(dataset, file, sentBytes, options);
  }

  /** Ends the calls that are running. */
  @Override
  public void close() {
    channel.shutdownNow();
  }

  private static void requireType(MethodDescriptor<?, ?> method, MethodDescriptor.MethodType type) {
    if (method.getType() != type) {
      throw new IllegalArgumentException(
          method.getFullMethodName() + " is " + method.getType() + ", not " + type);
    }
  }
}
