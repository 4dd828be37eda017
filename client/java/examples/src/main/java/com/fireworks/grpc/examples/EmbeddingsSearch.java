package com.fireworks.grpc.examples;

import com.fireworks.grpc.client.FireworksClient;
import com.fireworks.grpc.inference.v1.Embedding;
import com.fireworks.grpc.inference.v1.EmbeddingRequest;
import com.fireworks.grpc.inference.v1.StringList;
import java.util.ArrayList;
import java.util.List;

/** Finds the text that is closest to a query in meaning. */
public final class EmbeddingsSearch {
  private EmbeddingsSearch() {}

  public static void main(String[] arguments) {
    String target = arguments.length > 0 ? arguments[0] : "127.0.0.1:50051";
    List<String> texts =
        List.of("The cat sleeps.", "Interest rates rise again.", "It will rain tomorrow.");
    try (FireworksClient client = FireworksClient.builder().target(target).build()) {
      System.out.println(closest(client, texts, "What will the weather be like?"));
    }
  }

  // [START embeddings_search]
  static String closest(FireworksClient client, List<String> texts, String query) {
    List<String> inputs = new ArrayList<>(texts);
    inputs.add(query);
    EmbeddingRequest request =
        EmbeddingRequest.newBuilder()
            .setModel("nomic-ai/nomic-embed-text-v1.5")
            .setNormalize(true)
            .setInput(
                EmbeddingRequest.Input.newBuilder()
                    .setTexts(StringList.newBuilder().addAllValues(inputs)))
            .build();
    double[][] vectors = new double[inputs.size()][];
    for (Embedding embedding : client.createEmbedding(request).getDataList()) {
      vectors[embedding.getIndex()] =
          embedding.getEmbedding().getNumbers().getValuesList().stream()
              .mapToDouble(Double::doubleValue)
              .toArray();
    }
    int best = 0;
    for (int i = 1; i < texts.size(); i++) {
      if (dot(vectors[i], vectors[texts.size()]) > dot(vectors[best], vectors[texts.size()])) {
        best = i;
      }
    }
    return texts.get(best);
  }

  private static double dot(double[] a, double[] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += a[i] * b[i];
    }
    return sum;
  }
  // [END embeddings_search]
}
