package mysqldns

import (
	"context"

	"github.com/coredns/coredns/plugin/metadata"

	ot "github.com/opentracing/opentracing-go"
)

// tagPrefix begins the names of our tags in traces, as coredns.io/ does those of the trace plugin.
const tagPrefix = "coredns.io/mysqldns/"

// describe tells the plugins metadata and trace, where they are in the block, how a question came out.
func describe(ctx context.Context, result outcome, zone, wildcard string) {
	if metadata.ValueFuncs(ctx) != nil {
		publish(ctx, result.String(), zone, wildcard)
	}
	if span := ot.SpanFromContext(ctx); span != nil {
		span.SetTag(tagPrefix+"zone", zone)
		span.SetTag(tagPrefix+"wildcard", wildcard)
		span.SetTag(tagPrefix+"result", result.String())
	}
}

// publish sets the metadata that has a value. It is apart from describe since what the functions hold is put on the heap where it is
// called.
func publish(ctx context.Context, result, zone, wildcard string) {
	set := func(label, value string) {
		if value != "" {
			metadata.SetValueFunc(ctx, name+"/"+label, func() string { return value })
		}
	}
	set("result", result)
	set("zone", zone)
	set("wildcard", wildcard)
}
