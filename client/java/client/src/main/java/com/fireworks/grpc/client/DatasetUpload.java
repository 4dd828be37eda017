package com.fireworks.grpc.client;

import com.fireworks.grpc.gateway.v1.FileUploadResponse;
import com.fireworks.grpc.gateway.v1.UploadDatasetFileRequest;
import com.google.protobuf.ByteString;
import io.grpc.ClientCall;
import io.grpc.Metadata;
import io.grpc.Status;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.LongConsumer;

/** Sends a file in pieces, each when there is room for it, so that memory holds few. */
final class DatasetUpload {
  private static final int PIECE = 256 * 1024;

  private final ClientCall<UploadDatasetFileRequest, FileUploadResponse> call;
  private final Calls.UnaryListener<FileUploadResponse> answer = new Calls.UnaryListener<>();
  private final Object readiness = new Object();

  DatasetUpload(ClientCall<UploadDatasetFileRequest, FileUploadResponse> call) {
    this.call = call;
  }

  Answer<FileUploadResponse> send(
      String dataset, Path file, LongConsumer sentBytes, RequestOptions options)
      throws IOException {
    try (InputStream content = Files.newInputStream(file)) {
      UploadDatasetFileRequest.Builder first = UploadDatasetFileRequest.newBuilder();
      first
          .getMetadataBuilder()
          .setName(dataset)
          .setFilename(String.valueOf(file.getFileName()))
          .setSizeBytes(Files.size(file));
      Calls.start(call, new Listener(), options);
      call.request(2);
      call.sendMessage(first.build());
      sendPieces(content, sentBytes);
      call.halfClose();
    } catch (IOException | RuntimeException e) {
      // A service that answers before it has everything is right: its words say why.
      if (!answer.future.isDone()) {
        call.cancel("the file could not be sent", e);
        throw e;
      }
    }
    return Calls.await(answer.future);
  }

  private void sendPieces(InputStream content, LongConsumer sentBytes) throws IOException {
    long sent = 0;
    while (awaitRoom()) {
      ByteString piece = ByteString.copyFrom(content.readNBytes(PIECE));
      if (piece.isEmpty()) {
        return;
      }
      call.sendMessage(UploadDatasetFileRequest.newBuilder().setData(piece).build());
      sent += piece.size();
      sentBytes.accept(sent);
    }
  }

  /** False: the call has ended, whatever there is left to send. */
  private boolean awaitRoom() {
    synchronized (readiness) {
      try {
        while (!call.isReady() && !answer.future.isDone()) {
          readiness.wait();
        }
      } catch (InterruptedException e) {
        throw Calls.interrupted(e);
      }
    }
    return !answer.future.isDone();
  }

  private final class Listener extends ClientCall.Listener<FileUploadResponse> {
    @Override
    public void onHeaders(Metadata headers) {
      answer.onHeaders(headers);
    }

    @Override
    public void onMessage(FileUploadResponse message) {
      answer.onMessage(message);
    }

    @Override
    public void onClose(Status status, Metadata trailers) {
      answer.onClose(status, trailers);
      wake();
    }

    @Override
    public void onReady() {
      wake();
    }

    private void wake() {
      synchronized (readiness) {
        readiness.notifyAll();
      }
    }
  }
}
