package fireworks

import (
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// WithoutExtraJSON returns a copy of a received message that can go back into a
// request: the service refuses keys there that the contract has fields for, and the
// upstream those that it does not know.
func WithoutExtraJSON[Message proto.Message](message Message) Message {
	cleared := proto.CloneOf(message)
	clearExtraJSON(cleared.ProtoReflect())
	return cleared
}

func clearExtraJSON(message protoreflect.Message) {
	message.Range(func(field protoreflect.FieldDescriptor, value protoreflect.Value) bool {
		switch {
		case field.Name() == "extra_json" && field.IsMap():
			message.Clear(field)
		case field.IsMap():
			if field.MapValue().Message() != nil {
				value.Map().Range(func(_ protoreflect.MapKey, value protoreflect.Value) bool {
					clearExtraJSON(value.Message())
					return true
				})
			}
		case field.Message() == nil:
		case field.IsList():
			for i := range value.List().Len() {
				clearExtraJSON(value.List().Get(i).Message())
			}
		default:
			clearExtraJSON(value.Message())
		}
		return true
	})
}
