package mysqldns

import (
	"context"
	"slices"
	"testing"

	"github.com/coredns/coredns/core/dnsserver"
	"github.com/coredns/coredns/plugin"

	"github.com/miekg/dns"
	ot "github.com/opentracing/opentracing-go"
	"github.com/opentracing/opentracing-go/mocktracer"
)

// What a span says that the trace plugin has begun, and the one for the way of an alias out of the table.
func TestSpans(t *testing.T) {
	next := plugin.HandlerFunc(func(context.Context, dns.ResponseWriter, *dns.Msg) (int, error) { return dns.RcodeServerFailure, nil })
	b := newBlock(t, rrs(t,
		"example.org. 60 IN SOA ns.example.org. host.example.org. 1 2 3 4 5",
		"*.example.org. 60 IN A 192.0.2.1",
		"out.lan. 60 IN CNAME www.baidu.com.",
	), next)
	ask := func(name string) (span *mocktracer.MockSpan, children []*mocktracer.MockSpan) {
		tracer := mocktracer.New()
		began := tracer.StartSpan("servedns")
		ctx := ot.ContextWithSpan(context.WithValue(t.Context(), dnsserver.Key{}, b.server), began)
		b.plugin.ServeDNS(ctx, new(captured), new(dns.Msg).SetQuestion(name, dns.TypeA))
		children = slices.DeleteFunc(tracer.FinishedSpans(), func(s *mocktracer.MockSpan) bool { return s.OperationName != "chase" })
		return began.(*mocktracer.MockSpan), children
	}
	span, children := ask("a.example.org.")
	for tag, want := range map[string]string{"zone": "example.org.", "wildcard": "*.example.org.", "result": "positive"} {
		if got := span.Tag(tagPrefix + tag); got != want {
			t.Errorf("%s is %v, expected %s", tag, got, want)
		}
	}
	if len(children) > 0 {
		t.Errorf("spans for a name of the table: %v", children)
	}
	span, children = ask("out.lan.")
	if len(children) != 1 || children[0].Tag(tagPrefix+"target") != "www.baidu.com." || children[0].ParentID != span.SpanContext.SpanID {
		t.Errorf("spans for an alias: %v", children)
	}
}
