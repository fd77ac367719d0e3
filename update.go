package mysqldns

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/mysqldns/mysqldns/internal/table"
	"github.com/mysqldns/mysqldns/plugin/update"

	"github.com/coredns/coredns/plugin"
	"github.com/coredns/coredns/plugin/metrics"
	"github.com/coredns/coredns/request"

	"github.com/miekg/dns"
)

// serveUpdate carries out an UPDATE (RFC 2136) and answers it. It never hands one to the next plugin, which might take it for its own zones or, in the
// case of forward, send it to a server that has no part in this.
func (m *MySQLDNS) serveUpdate(ctx context.Context, w dns.ResponseWriter, r *dns.Msg) (int, error) {
	began := time.Now()
	state := request.Request{W: w, Req: r}
	u := &incoming{client: state.IP(), zone: strings.ToLower(state.Req.Question[0].Name)}
	signature := signatureOf(w, r)
	u.key = keyName(signature)
	var id *repeatID
	if len(m.rules.Of(u.key)) > 0 { // others would crowd out what is to be remembered
		id = repeatOf(signature)
		u.receipt = receiptOf(id, signature)
	}
	rcode, answered := m.repeats.once(ctx, id, func() (int, bool) { return m.carryOut(ctx, u, r) })
	u.log(rcode, answered)
	result := resultOf(rcode, answered)
	updateCount.WithLabelValues(metrics.WithServer(ctx), metrics.WithView(ctx), result).Inc()
	updateDuration.WithLabelValues(metrics.WithServer(ctx), metrics.WithView(ctx)).Observe(time.Since(began).Seconds())
	if !answered {
		return dns.RcodeSuccess, nil // nothing is written, so the client asks again or gives up
	}
	reply := new(dns.Msg).SetRcode(r, rcode)
	if err := w.WriteMsg(reply); err != nil {
		return dns.RcodeServerFailure, err
	}
	return dns.RcodeSuccess, nil
}

// incoming is an UPDATE on its way, for the log.
type incoming struct {
	client, key, zone string
	receipt           table.Receipt
	changes           *update.Changes // nil if it was not carried out
	err               error
}

// carryOut returns the RCODE of an UPDATE, and whether it is to be answered. It is not if it is unknown whether the table has the change: every
// answer would say something about that.
func (m *MySQLDNS) carryOut(ctx context.Context, u *incoming, r *dns.Msg) (rcode int, answered bool) {
	var message *update.Message
	if message, u.err = m.readUpdate(u, r); u.err == nil {
		u.changes, u.err = m.updater.carryOut(ctx, u.zone, message, u.receipt)
	}
	var refusal *update.Error
	var repeated *table.Repeated
	switch {
	case u.err == nil:
		return dns.RcodeSuccess, true
	case errors.As(u.err, &refusal):
		return refusal.Rcode, true
	case errors.As(u.err, &repeated):
		u.err = nil
		return repeated.Rcode, true
	}
	return dns.RcodeServerFailure, !outcomeUnknown(u.err)
}

// readUpdate checks what can be told without the database. Who has no right to update anything here learns nothing but that.
func (m *MySQLDNS) readUpdate(u *incoming, r *dns.Msg) (*update.Message, error) {
	if _, err := update.Zone(r); err != nil {
		return nil, err
	}
	rights := m.rules.Of(u.key)
	switch {
	case u.key == "":
		return nil, &update.Error{Rcode: dns.RcodeRefused, Reason: "it is not signed"}
	case len(rights) == 0:
		return nil, &update.Error{Rcode: dns.RcodeRefused, Reason: "the key has no rule here"}
	case !m.all && plugin.Zones(m.zones).Matches(u.zone) == "":
		return nil, &update.Error{Rcode: dns.RcodeNotAuth, Reason: "the zone is not among those of the directive"}
	}
	view := m.copy.view()
	if view == nil {
		return nil, errors.New("the table has not been read yet")
	}
	if view.Zone(u.zone).Apex() != u.zone {
		return nil, &update.Error{Rcode: dns.RcodeNotAuth, Reason: "the table has no such zone"}
	}
	return update.Read(r, rights)
}

// log writes the one line that there is of each update.
func (u *incoming) log(rcode int, answered bool) {
	key := u.key
	if key == "" {
		key = "no key"
	}
	head := fmt.Sprintf("update of %s by %s from %s", u.zone, key, u.client)
	var refusal *update.Error
	switch {
	case u.err == nil && u.changes == nil:
		log.Infof("%s: repeated: answered again with %s", head, dns.RcodeToString[rcode])
	case u.err == nil:
		log.Infof("%s: %s", head, summary(u.changes))
	case errors.As(u.err, &refusal):
		log.Infof("%s: %v", head, refusal)
	case !answered:
		log.Errorf("%s: %v. Not answered", head, u.err)
	default:
		log.Errorf("%s: SERVFAIL, nothing changed: %v", head, u.err)
	}
}

// maxListed is how many changes a log line lists.
const maxListed = 5

// summary says in one line of bounded length what an update changed.
func summary(c *update.Changes) string {
	if !c.Any() {
		return "NOERROR, nothing to change"
	}
	var list []string
	add := func(sign string, rr dns.RR) {
		if len(list) < maxListed {
			h := rr.Header()
			list = append(list, fmt.Sprintf("%s%s %d %s", sign, h.Name, h.Ttl, dns.Type(h.Rrtype)))
		}
	}
	for _, rr := range c.Insert {
		add("+", rr)
	}
	for _, r := range c.Delete {
		add("-", r.RR)
	}
	for _, r := range c.SetTTL {
		add("ttl ", r.RR)
	}
	total := len(c.Insert) + len(c.Delete) + len(c.SetTTL)
	if total > len(list) {
		list = append(list, fmt.Sprintf("and %d more", total-len(list)))
	}
	if c.Serial != 0 {
		list = append(list, fmt.Sprintf("serial %d", c.Serial))
	}
	return "NOERROR: " + strings.Join(list, ", ")
}

// resultOf is the label of an update in the metrics.
func resultOf(rcode int, answered bool) string {
	if !answered {
		return "unknown"
	}
	return strings.ToLower(dns.RcodeToString[rcode])
}
