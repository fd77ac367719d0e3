package mysqldns

import (
	"context"
	"fmt"

	"github.com/coredns/coredns/request"

	"github.com/miekg/dns"
)

// chase asks the whole server for the target of an alias that leaves the table, and adds what it says to reply. If that fails,
// reply becomes SERVFAIL with the chain so far.
func (m *MySQLDNS) chase(ctx context.Context, state request.Request, target string, reply *dns.Msg) error {
	found, err := m.upstream.Lookup(ctx, state, target, state.QType())
	switch {
	case err != nil:
		err = fmt.Errorf("asking for %s, which %s is an alias of: %w", target, state.Name(), err)
	case found == nil:
		err = fmt.Errorf("asking for %s, which %s is an alias of: no answer", target, state.Name())
	case found.Rcode == dns.RcodeSuccess || found.Rcode == dns.RcodeNameError:
		reply.Rcode = found.Rcode // RFC 6604, 3: that of the last name
		reply.Truncated = found.Truncated
		reply.Answer = append(reply.Answer, found.Answer...)
		reply.Ns = append(reply.Ns, found.Ns...)
		return nil
	}
	reply.Rcode = dns.RcodeServerFailure
	return err
}
