package com.fireworks.grpc.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.fireworks.grpc.gateway.v1.ListModelsRequest;
import com.fireworks.grpc.gateway.v1.ListModelsResponse;
import com.fireworks.grpc.gateway.v1.Model;
import com.fireworks.grpc.gateway.v1.ModelServiceGrpc;
import com.fireworks.grpc.inference.v1.ListResponsesRequest;
import com.fireworks.grpc.inference.v1.Response;
import com.fireworks.grpc.inference.v1.ResponseList;
import com.fireworks.grpc.inference.v1.ResponseServiceGrpc;
import io.grpc.Status;
import io.grpc.stub.StreamObserver;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class PagesTest {
  private static final ListModelsRequest REQUEST =
      ListModelsRequest.newBuilder().setParent("accounts/a").setFilter("f").build();

  /** Answers pages by token. */
  private static final class FakeModels extends ModelServiceGrpc.ModelServiceImplBase {
    private final Map<String, ListModelsResponse> pages;
    final List<ListModelsRequest> requests = new CopyOnWriteArrayList<>();

    FakeModels(Map<String, ListModelsResponse> pages) {
      this.pages = pages;
    }

    @Override
    public void listModels(ListModelsRequest request, StreamObserver<ListModelsResponse> observer) {
      requests.add(request);
      ListModelsResponse page = pages.get(request.getPageToken());
      if (page == null) {
        observer.onError(Status.NOT_FOUND.asRuntimeException());
      } else {
        observer.onNext(page);
        observer.onCompleted();
      }
    }
  }

  private static ListModelsResponse page(String next, String... names) {
    ListModelsResponse.Builder page = ListModelsResponse.newBuilder().setNextPageToken(next);
    for (String name : names) {
      page.addModels(Model.newBuilder().setName(name));
    }
    return page.build();
  }

  private static Pages<Model> models(FakeService service) {
    return service.client.list(
        ModelServiceGrpc.getListModelsMethod(), REQUEST, ListModelsResponse::getModelsList);
  }

  private static List<String> names(Pages<Model> pages) {
    return pages.stream().map(Model::getName).collect(Collectors.toList());
  }

  @Test
  void pagesAreOneSequenceAndAnEmptyOneIsNoEnd() throws Exception {
    FakeModels models =
        new FakeModels(Map.of("", page("1", "a", "b"), "1", page("2"), "2", page("", "c")));
    try (FakeService service = FakeService.of(models)) {
      assertEquals(List.of("a", "b", "c"), names(models(service)));
      assertEquals("f", models.requests.get(2).getFilter());
      assertEquals(3, models.requests.size());
    }
  }

  @Test
  void anEmptyListHasNoItems() throws Exception {
    try (FakeService service = FakeService.of(new FakeModels(Map.of("", page(""))))) {
      assertEquals(List.of(), names(models(service)));
    }
  }

  @Test
  void pagesAreAskedForWhenTheyAreNeeded() throws Exception {
    FakeModels models = new FakeModels(Map.of("", page("1", "a", "b"), "1", page("", "c")));
    try (FakeService service = FakeService.of(models)) {
      Pages<Model> pages = models(service);
      assertEquals(0, models.requests.size());
      assertEquals(2, pages.stream().limit(2).count());
      assertEquals(1, models.requests.size());
    }
  }

  @Test
  void eachIteratorBeginsAnew() throws Exception {
    FakeModels models = new FakeModels(Map.of("", page("1", "a"), "1", page("", "b")));
    try (FakeService service = FakeService.of(models)) {
      Pages<Model> pages = models(service);
      assertEquals(names(pages), names(pages));
      assertEquals(4, models.requests.size());
    }
  }

  @Test
  void aFailingPageFailsWhereItIsReached() throws Exception {
    try (FakeService service = FakeService.of(new FakeModels(Map.of("", page("1", "a"))))) {
      PageIterator<Model> iterator = models(service).iterator();
      assertEquals("a", iterator.next().getName());
      FireworksException e = assertThrows(FireworksException.class, iterator::hasNext);
      assertEquals(Status.Code.NOT_FOUND, e.getCode());
    }
  }

  @Test
  void aListThatGoesRoundIsNotFollowed() throws Exception {
    FakeModels models = new FakeModels(Map.of("", page("1", "a"), "1", page("1", "b")));
    try (FakeService service = FakeService.of(models)) {
      assertThrows(IllegalStateException.class, () -> names(models(service)));
      assertEquals(2, models.requests.size());
    }
  }

  @Test
  void storedResponsesGoOnBehindTheLastId() throws Exception {
    ResponseServiceGrpc.ResponseServiceImplBase responses =
        new ResponseServiceGrpc.ResponseServiceImplBase() {
          @Override
          public void listResponses(
              ListResponsesRequest request, StreamObserver<ResponseList> observer) {
            boolean first = !request.hasAfter();
            String id = first ? "r1" : request.getAfter() + "+";
            observer.onNext(
                ResponseList.newBuilder()
                    .addData(Response.newBuilder().setId(id))
                    .setHasMore(first)
                    .setLastId(id)
                    .build());
            observer.onCompleted();
          }
        };
    try (FakeService service = FakeService.of(responses)) {
      Pages<Response> pages =
          service.client.list(
              ResponseServiceGrpc.getListResponsesMethod(),
              ListResponsesRequest.getDefaultInstance(),
              ResponseList::getDataList);
      assertEquals(
          List.of("r1", "r1+"), pages.stream().map(Response::getId).collect(Collectors.toList()));
    }
  }
}
