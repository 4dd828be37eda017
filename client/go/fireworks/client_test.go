package fireworks_test

import (
	"context"
	"errors"
	"reflect"
	"strings"
	"testing"

	"github.com/fireworks-grpc/fireworks-grpc/client/go/fireworks"
	gatewayv1 "github.com/fireworks-grpc/fireworks-grpc/client/go/fireworks/gateway/v1"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
)

func TestEveryServiceOfTheContractIsAField(t *testing.T) {
	client := connect(t, "127.0.0.1:1")
	stubs := map[string]bool{}
	services := reflect.ValueOf(client.Services)
	for i := range services.NumField() {
		field := services.Type().Field(i)
		stubs[field.Type.PkgPath()+"."+field.Type.Name()] = !services.Field(i).IsNil()
	}
	count := 0
	protoregistry.GlobalFiles.RangeFiles(func(file protoreflect.FileDescriptor) bool {
		if !strings.HasPrefix(string(file.Package()), "fireworks.") {
			return true
		}
		folder := strings.ReplaceAll(string(file.Package()), ".", "/")
		for i := range file.Services().Len() {
			name := string(file.Services().Get(i).Name())
			if !stubs["github.com/fireworks-grpc/fireworks-grpc/client/go/"+folder+"."+name+"Client"] {
				t.Errorf("%s.%s has no field", file.Package(), name)
			}
			count++
		}
		return true
	})
	if count != services.NumField() || count == 0 {
		t.Errorf("%d services, %d fields", count, services.NumField())
	}
}

func TestMetadataOfAUnaryCallIsRecorded(t *testing.T) {
	service := (&fakeService{getModel: func(ctx context.Context, request *gatewayv1.GetModelRequest) (*gatewayv1.Model, error) {
		err := errors.Join(
			grpc.SetHeader(ctx, metadata.Pairs("x-leading", "yes")),
			grpc.SetTrailer(ctx, metadata.Pairs("x-request-id", "req-1", "x-usage-prompt-tokens", "12",
				"x-usage-completion-tokens", "30", "x-usage-cached-tokens", "4")),
		)
		return &gatewayv1.Model{Name: request.GetName()}, err
	}}).start(t)
	var info fireworks.CallInfo
	var trailer metadata.MD
	_, err := connect(t, service.address).Models.GetModel(bounded(t),
		&gatewayv1.GetModelRequest{}, fireworks.RecordTo(&info), grpc.Trailer(&trailer))
	if err != nil {
		t.Fatal(err)
	}
	usage, told := info.Usage()
	if want := (fireworks.Usage{PromptTokens: 12, CompletionTokens: 30, CachedTokens: 4}); !told || usage != want {
		t.Errorf("usage %v, told %v", usage, told)
	}
	if info.RequestID() != "req-1" || info.Header.Get("x-leading") == nil {
		t.Errorf("recorded %v", info)
	}
	if trailer.Get("x-request-id") == nil {
		t.Errorf("gRPC's own option got %v", trailer)
	}
}

func TestUnavailableIsRepeatedAsTheServiceAllows(t *testing.T) {
	for _, test := range []struct {
		name, pushback string
		code           codes.Code
		calls          int64
	}{
		{"Twice", "1", codes.Unavailable, 3},
		{"NotWhenForbidden", "-1", codes.Unavailable, 1},
		{"NotOtherCodes", "1", codes.Internal, 1},
	} {
		t.Run(test.name, func(t *testing.T) {
			service := (&fakeService{getModel: func(ctx context.Context, _ *gatewayv1.GetModelRequest) (*gatewayv1.Model, error) {
				// Without it gRPC waits as long as the service config says.
				err := grpc.SetTrailer(ctx, metadata.Pairs("grpc-retry-pushback-ms", test.pushback))
				return nil, errors.Join(err, failure(test.code))
			}}).start(t)
			_, err := connect(t, service.address).Models.GetModel(bounded(t), &gatewayv1.GetModelRequest{})
			var got *fireworks.Error
			if !errors.As(err, &got) || got.Code != test.code {
				t.Errorf("error %v", err)
			}
			if calls := service.calls.Load(); calls != test.calls {
				t.Errorf("%d calls", calls)
			}
		})
	}
}

func TestALargeRequestIsRepeatedToo(t *testing.T) {
	service := &fakeService{}
	service.getModel = func(ctx context.Context, request *gatewayv1.GetModelRequest) (*gatewayv1.Model, error) {
		if service.calls.Load() > 1 {
			return &gatewayv1.Model{DisplayName: proto.String(request.GetName()[:4])}, nil
		}
		return nil, errors.Join(grpc.SetTrailer(ctx, metadata.Pairs("grpc-retry-pushback-ms", "1")), failure(codes.Unavailable))
	}
	service.start(t)
	model, err := connect(t, service.address).Models.GetModel(bounded(t),
		&gatewayv1.GetModelRequest{Name: strings.Repeat("name", 1<<20)})
	if err != nil || model.GetDisplayName() != "name" {
		t.Errorf("%v, error %v", model, err)
	}
}

func TestAnAnswerBeyondGRPCsOwnLimitArrives(t *testing.T) {
	large := strings.Repeat("x", 5<<20)
	service := (&fakeService{getModel: func(context.Context, *gatewayv1.GetModelRequest) (*gatewayv1.Model, error) {
		return &gatewayv1.Model{Name: large}, nil
	}}).start(t)
	model, err := connect(t, service.address).Models.GetModel(bounded(t), &gatewayv1.GetModelRequest{})
	if err != nil || model.GetName() != large {
		t.Errorf("%d bytes, error %v", len(model.GetName()), err)
	}
}

func TestSeveralTargetsTakeCallsInTurn(t *testing.T) {
	first, second := (&fakeService{}).start(t), (&fakeService{}).start(t)
	client := connect(t, first.address+", "+second.address)
	ctx := bounded(t)
	// The first connection serves alone until the second is there.
	for first.calls.Load() == 0 || second.calls.Load() == 0 {
		if _, err := client.Models.GetModel(ctx, &gatewayv1.GetModelRequest{}); err != nil {
			t.Fatal(err)
		}
	}
	before := second.calls.Load()
	for range 4 {
		if _, err := client.Models.GetModel(ctx, &gatewayv1.GetModelRequest{}); err != nil {
			t.Fatal(err)
		}
	}
	if got := second.calls.Load() - before; got != 2 {
		t.Errorf("the second of two got %d of 4 calls", got)
	}
}

func TestAnInstanceThatIsNotServingGetsNoCalls(t *testing.T) {
	service := (&fakeService{notServing: true}).start(t)
	_, err := connect(t, service.address).Models.GetModel(bounded(t), &gatewayv1.GetModelRequest{})
	var got *fireworks.Error
	if !errors.As(err, &got) || got.Code != codes.Unavailable || service.calls.Load() != 0 {
		t.Errorf("%d calls, error %v", service.calls.Load(), err)
	}
}

func TestWhatCannotBeConnectedToIsRefused(t *testing.T) {
	for _, test := range []struct {
		name, target, want string
		option             fireworks.Option
	}{
		{"TargetWithoutPortAmongSeveral", "a:1,b", `"b": want HOST:PORT`, fireworks.WithUserAgent("test")},
		{"BrokenServiceConfig", "a:1", "service config", fireworks.WithServiceConfig("{")},
		{"TokenInPlaintext", "service.example:50051", "use WithTLS", fireworks.WithToken("t")},
		{"TokenInPlaintextToOneOfSeveral", "127.0.0.1:1,10.0.0.1:1", "use WithTLS", fireworks.WithToken("t")},
		{"TokenInPlaintextToANameLikeLoopback", "127.0.0.1.nip.example:1", "use WithTLS", fireworks.WithToken("t")},
		{"NoCAFile", "a:1", "CA file", fireworks.WithTLS(fireworks.TLSFiles{CA: "/nowhere/ca.pem"})},
		{"CertificateWithoutKey", "a:1", "both", fireworks.WithTLS(fireworks.TLSFiles{Certificate: "c.pem"})},
	} {
		t.Run(test.name, func(t *testing.T) {
			client, err := fireworks.NewClient(test.target, test.option)
			if err == nil {
				client.Close()
				t.Fatal("no error")
			}
			if !strings.Contains(err.Error(), test.want) {
				t.Errorf("error %q does not tell of %q", err, test.want)
			}
		})
	}
}

func TestATokenMayGoToLoopbackInPlaintext(t *testing.T) {
	var sent []string
	service := (&fakeService{getModel: func(ctx context.Context, _ *gatewayv1.GetModelRequest) (*gatewayv1.Model, error) {
		md, _ := metadata.FromIncomingContext(ctx)
		sent = md.Get("authorization")
		return &gatewayv1.Model{}, nil
	}}).start(t)
	client := connect(t, "dns:///"+service.address, fireworks.WithToken("secret"))
	if _, err := client.Models.GetModel(bounded(t), &gatewayv1.GetModelRequest{}); err != nil {
		t.Fatal(err)
	}
	if len(sent) != 1 || sent[0] != "Bearer secret" {
		t.Errorf("sent %q", sent)
	}
}
