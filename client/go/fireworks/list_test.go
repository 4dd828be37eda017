package fireworks_test

import (
	"fmt"
	"iter"
	"slices"
	"testing"

	"github.com/fireworks-grpc/fireworks-grpc/client/go/fireworks"
	gatewayv1 "github.com/fireworks-grpc/fireworks-grpc/client/go/fireworks/gateway/v1"
	inferencev1 "github.com/fireworks-grpc/fireworks-grpc/client/go/fireworks/inference/v1"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"
)

// pages answers with pages of models by their tokens; "" is the first. It notes the
// tokens that were asked for.
func pages(asked *[]string, next map[string]string, names map[string][]string) *fakeService {
	return &fakeService{listModels: func(request *gatewayv1.ListModelsRequest) (*gatewayv1.ListModelsResponse, error) {
		token := request.GetPageToken()
		*asked = append(*asked, token)
		if request.GetPageSize() != 2 {
			return nil, failure(codes.InvalidArgument)
		}
		page := &gatewayv1.ListModelsResponse{NextPageToken: next[token]}
		for _, name := range names[token] {
			if name == "error" {
				return nil, failure(codes.NotFound)
			}
			page.Models = append(page.Models, &gatewayv1.Model{Name: name})
		}
		return page, nil
	}}
}

// first reads names until there are so many, or the sequence ends.
func first(models iter.Seq2[*gatewayv1.Model, error], limit int) ([]string, error) {
	var names []string
	for model, err := range models {
		if err != nil {
			return names, err
		}
		if names = append(names, model.GetName()); len(names) == limit {
			break
		}
	}
	return names, nil
}

func TestAListIsAllItsPages(t *testing.T) {
	for _, test := range []struct {
		name  string
		next  map[string]string
		names map[string][]string
		limit int
		want  []string
		asked []string
		fails bool
	}{
		{
			name: "ToTheEnd", next: map[string]string{"": "p2", "p2": "p3"},
			names: map[string][]string{"": {"a", "b"}, "p3": {"c"}}, limit: 9,
			want: []string{"a", "b", "c"}, asked: []string{"", "p2", "p3"},
		},
		{
			name: "NoFurtherThanIsLookedAt", next: map[string]string{"": "p2"},
			names: map[string][]string{"": {"a", "b"}, "p2": {"c"}}, limit: 2,
			want: []string{"a", "b"}, asked: []string{""},
		},
		{
			name: "UpToAnError", next: map[string]string{"": "p2"},
			names: map[string][]string{"": {"a"}, "p2": {"error"}}, limit: 9,
			want: []string{"a"}, asked: []string{"", "p2"}, fails: true,
		},
		{
			name: "OnceEach", next: map[string]string{"": "p2", "p2": "p2"},
			names: map[string][]string{"": {"a"}, "p2": {"b"}}, limit: 9,
			want: []string{"a", "b"}, asked: []string{"", "p2"}, fails: true,
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			var asked []string
			service := pages(&asked, test.next, test.names).start(t)
			client := connect(t, service.address)
			request := &gatewayv1.ListModelsRequest{Parent: "accounts/a", PageSize: 2}
			before := proto.CloneOf(request)
			names, err := first(fireworks.List(bounded(t), client.Models.ListModels, request,
				(*gatewayv1.ListModelsResponse).GetModels), test.limit)
			if !slices.Equal(names, test.want) || (err != nil) != test.fails {
				t.Errorf("names %q, error %v", names, err)
			}
			if !slices.Equal(asked, test.asked) {
				t.Errorf("asked for pages %q", asked)
			}
			if !proto.Equal(request, before) {
				t.Errorf("the request has become %v", request)
			}
		})
	}
}

func TestStoredResponsesAreAllTheirPages(t *testing.T) {
	service := (&fakeService{listResponses: func(request *inferencev1.ListResponsesRequest) (*inferencev1.ResponseList, error) {
		switch request.GetAfter() {
		case "":
			return responseList(true, "r3", "r2"), nil
		case "r2":
			return responseList(false, "r1"), nil
		default:
			return nil, failure(codes.InvalidArgument)
		}
	}}).start(t)
	client := connect(t, service.address)
	var ids []string
	for response, err := range client.ListResponses(bounded(t), &inferencev1.ListResponsesRequest{}) {
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, response.GetId())
	}
	if fmt.Sprint(ids) != "[r3 r2 r1]" {
		t.Errorf("ids %q", ids)
	}
}

func TestAPageOfResponsesThatLeadsNowhereIsAnError(t *testing.T) {
	service := (&fakeService{listResponses: func(*inferencev1.ListResponsesRequest) (*inferencev1.ResponseList, error) {
		return &inferencev1.ResponseList{HasMore: proto.Bool(true)}, nil
	}}).start(t)
	count := 0
	for _, err := range connect(t, service.address).ListResponses(bounded(t), &inferencev1.ListResponsesRequest{}) {
		if count++; err == nil {
			t.Fatal("a response out of nowhere")
		}
	}
	if count != 1 {
		t.Errorf("%d errors", count)
	}
}

func responseList(more bool, ids ...string) *inferencev1.ResponseList {
	list := &inferencev1.ResponseList{HasMore: &more, LastId: &ids[len(ids)-1]}
	for _, id := range ids {
		list.Data = append(list.Data, &inferencev1.Response{Id: &id})
	}
	return list
}
