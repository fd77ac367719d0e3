package differential

import (
	"github.com/mysqldns/mysqldns/plugin/answer"
	"github.com/mysqldns/mysqldns/plugin/zonedb"

	"github.com/miekg/dns"
)

// Subject answers questions. Any number of goroutines may ask at a time.
type Subject interface {
	Ask(*dns.Msg) (*dns.Msg, error)
}

// Copy is the Subject without database and server: the algorithm over the copy in memory.
type Copy struct{ zones answer.Zones }

var _ Subject = Copy{}

// NewCopy holds the tables.
func NewCopy(tables []Table) (Subject, error) {
	db := zonedb.New()
	load := db.NewLoad()
	for _, t := range tables {
		for _, rr := range t.Records {
			rr, err := wired(rr)
			if err != nil {
				return nil, err
			}
			load.Add(rr)
		}
	}
	load.Commit()
	return Copy{db.View()}, nil
}

// wired is a record as it comes from a message: the names in it escaped as miekg/dns does it.
func wired(rr dns.RR) (dns.RR, error) {
	b := make([]byte, dns.MaxMsgSize)
	n, err := dns.PackRR(rr, b, 0, nil, false)
	if err != nil {
		return nil, err
	}
	rr, _, err = dns.UnpackRR(b[:n], 0)
	return rr, err
}

// Ask implements Subject.
func (c Copy) Ask(m *dns.Msg) (*dns.Msg, error) {
	b, err := m.Pack()
	if err != nil {
		return nil, err
	}
	m = new(dns.Msg)
	if err := m.Unpack(b); err != nil {
		return nil, err
	}
	found := answer.Within(dns.MaxMsgSize, c.zones, lower(m.Question[0].Name), m.Question[0].Qtype)
	r := new(dns.Msg).SetReply(m)
	if found.Result == answer.Absent {
		r.Rcode = dns.RcodeRefused
		return r, nil
	}
	r.Rcode, r.Authoritative = found.Result.Rcode(), found.Authoritative
	r.Answer, r.Extra = found.Answer, found.Additional
	for _, rr := range found.Authority {
		if rr.Header().Rrtype != dns.TypeDS { // which goes with DO only
			r.Ns = append(r.Ns, rr)
		}
	}
	if b, err = r.Pack(); err != nil {
		return nil, err
	}
	r = new(dns.Msg)
	return r, r.Unpack(b)
}
