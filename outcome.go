package mysqldns

import (
	"context"
	"slices"
	"sync/atomic"

	"github.com/mysqldns/mysqldns/plugin/answer"

	"github.com/coredns/coredns/plugin/metrics"

	"github.com/miekg/dns"
	"github.com/prometheus/client_golang/prometheus"
)

// outcome is how a question came out, for metrics, metadata and traces.
type outcome uint8

const (
	positive outcome = iota
	nodata
	nxdomain
	referral
	yxdomain
	handedOn // to the next plugin
	refused  // a transfer, what is no query, or what would be the next plugin's where there is none
	servfail // the copy is not there yet, or the target of an alias or ALIAS could not be had
)

var outcomes = [...]string{"positive", "nodata", "nxdomain", "referral", "yxdomain", "next", "refused", "servfail"}

func (o outcome) String() string { return outcomes[o] }

// outcomeOf is what became of a result, with the rcode of the message that went out.
func outcomeOf(result answer.Result, rcode int) outcome {
	switch {
	case rcode == dns.RcodeServerFailure:
		return servfail
	case result == answer.NoData:
		return nodata
	case result == answer.Referral:
		return referral
	case rcode == dns.RcodeNameError: // behind an alias that left the table too
		return nxdomain
	case rcode == dns.RcodeYXDomain:
		return yxdomain
	}
	return positive
}

// tally counts outcomes by the address that questions came to. To find a counter by its labels takes as long as to find an answer, so
// those that were found are kept: a block has few addresses. Its zero value is ready; its methods are safe for concurrent use.
type tally struct{ counters atomic.Pointer[[]*counters] }

// counters are those of one address.
type counters struct {
	server, view string
	counts       [len(outcomes)]prometheus.Counter
}

func (t *tally) count(ctx context.Context, o outcome) {
	t.of(metrics.WithServer(ctx), metrics.WithView(ctx)).counts[o].Inc()
}

func (t *tally) of(server, view string) *counters {
	known := t.counters.Load()
	if known != nil {
		for _, c := range *known {
			if c.server == server && c.view == view {
				return c
			}
		}
	}
	c := &counters{server: server, view: view}
	for o, word := range outcomes {
		c.counts[o] = answerCount.WithLabelValues(server, view, word)
	}
	more := []*counters{c}
	if known != nil {
		more = append(slices.Clone(*known), c)
	}
	t.counters.CompareAndSwap(known, &more) // if another goroutine was first, the next question finds these again
	return c
}
