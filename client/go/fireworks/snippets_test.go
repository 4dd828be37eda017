package fireworks_test

import (
	"context"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/fireworks-grpc/fireworks-grpc/client/go/fireworks"
	gatewayv1 "github.com/fireworks-grpc/fireworks-grpc/client/go/fireworks/gateway/v1"
)

func TestSnippetConnect(t *testing.T) {
	authority := newAuthority(t)
	target := startTLS(t, authority, true).address
	caFile := authority.file()
	certificateFile, keyFile := authority.issue(t, "client")
	ctx := bounded(t)
	readToken := func(context.Context) (string, error) { return "t", nil }

	err := func() error {
		// [START connect]
		client, err := fireworks.NewClient(target, // "a.internal:50051,b.internal:50051": both, in turn
			fireworks.WithTLS(fireworks.TLSFiles{CA: caFile, Certificate: certificateFile, Key: keyFile}),
			fireworks.WithTokenSource(readToken),
		)
		// [END connect]
		if err != nil {
			return err
		}
		defer client.Close()
		_, err = client.Models.GetModel(ctx, &gatewayv1.GetModelRequest{})
		return err
	}()
	if err != nil {
		t.Error(err)
	}
}

func TestSnippetList(t *testing.T) {
	service := (&fakeService{listModels: func(*gatewayv1.ListModelsRequest) (*gatewayv1.ListModelsResponse, error) {
		return &gatewayv1.ListModelsResponse{Models: []*gatewayv1.Model{{Name: "a"}, {Name: "b"}}}, nil
	}}).start(t)
	client := connect(t, service.address)
	ctx := bounded(t)
	var names []string

	err := func() error {
		// [START list]
		models := fireworks.List(ctx, client.Models.ListModels,
			&gatewayv1.ListModelsRequest{Parent: "accounts/fireworks", PageSize: 100},
			(*gatewayv1.ListModelsResponse).GetModels)
		for model, err := range models {
			if err != nil {
				return err
			}
			names = append(names, model.GetName())
		}
		// [END list]
		return nil
	}()
	if err != nil || !slices.Equal(names, []string{"a", "b"}) {
		t.Errorf("names %q, error %v", names, err)
	}
}

func TestSnippetRecord(t *testing.T) {
	client := connect(t, (&fakeService{}).start(t).address)
	ctx := bounded(t)

	// [START record]
	var info fireworks.CallInfo
	model, err := client.Models.GetModel(ctx,
		&gatewayv1.GetModelRequest{Name: "accounts/fireworks/models/m"}, fireworks.RecordTo(&info))
	requestID := info.RequestID()
	// [END record]
	if err != nil || model.GetName() != "accounts/fireworks/models/m" || requestID != "" {
		t.Errorf("model %v, request %q, error %v", model, requestID, err)
	}
}

// Each block of Go in README.md follows a comment that says where it comes from:
// <!-- FILE REGION -->.
var snippet = regexp.MustCompile("(?s)(?:<!-- (\\S+) (\\S+) -->\n)?```go\n(.*?)```\n")

func TestTheReadmesCodeIsTestedCode(t *testing.T) {
	readme, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	found := snippet.FindAllStringSubmatch(string(readme), -1)
	if len(found) == 0 {
		t.Error("no code in README.md")
	}
	for _, parts := range found {
		file, region, code := parts[1], parts[2], parts[3]
		if file == "" {
			t.Errorf("where does this come from?\n%s", code)
			continue
		}
		if want := regionOf(t, filepath.Join("..", file), region); code != want {
			t.Errorf("README.md has\n%s\nwhere %s has\n%s", code, file, want)
		}
	}
}

// regionOf returns the lines between [START region] and [END region], moved to the left.
func regionOf(t *testing.T, file, region string) string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	_, after, started := strings.Cut(string(text), "// [START "+region+"]\n")
	inside, _, ended := strings.Cut(after, "// [END "+region+"]")
	if !started || !ended {
		t.Fatalf("%s has no region %s", file, region)
	}
	inside = inside[:strings.LastIndex(inside, "\n")+1]
	indent := inside[:len(inside)-len(strings.TrimLeft(inside, "\t"))]
	var lines strings.Builder
	for _, line := range strings.SplitAfter(inside, "\n") {
		lines.WriteString(strings.TrimPrefix(line, indent))
	}
	return lines.String()
}
