package mysqldns

import (
	"slices"

	"github.com/mysqldns/mysqldns/plugin/answer"

	"github.com/miekg/dns"
)

// noDataToo is the word behind fallthrough for those who have one type of a name in the table and want the others from the next plugin.
const noDataToo = "nodata"

// parseFallthrough takes [nodata] [ZONES...]. A zone of that name is written with its final dot.
func (m *MySQLDNS) parseFallthrough(args []string) error {
	zones := slices.DeleteFunc(slices.Clone(args), func(arg string) bool { return arg == noDataToo })
	m.fallNoData = len(zones) < len(args)
	m.Fall.SetZonesFromArgs(zones)
	return checkZones(zones)
}

// fallsThrough reports whether the name that a response is about, be it the question's or the last of a chain of aliases, is to be the next
// plugin's where the table denies it.
func (m *MySQLDNS) fallsThrough(resp *answer.Response) bool {
	switch resp.Denied {
	case answer.NXDomain:
		return m.Fall.Through(resp.Name)
	case answer.NoData:
		return m.fallNoData && m.Fall.Through(resp.Name)
	}
	return false
}

// existing is the writer for a question about a name that the table has, of whose types the next plugin is asked for one. If that knows no such
// name, the answer is NODATA: NXDOMAIN would deny the types that the table has as well (RFC 8020, 2), and clients give up at it.
type existing struct {
	dns.ResponseWriter
	denial  []dns.RR // the authority section of NODATA
	serials *serials // for the SOA in it
}

// WriteMsg implements dns.ResponseWriter.
func (w *existing) WriteMsg(reply *dns.Msg) error {
	if reply.Rcode == dns.RcodeNameError && len(reply.Answer) == 0 { // and not of what an alias leads to (RFC 6604, 3)
		nodata := *reply // which may be in somebody's cache
		nodata.Rcode, nodata.Authoritative, nodata.Ns = dns.RcodeSuccess, true, w.denial
		w.serials.show(&nodata)
		reply = &nodata
	}
	return w.ResponseWriter.WriteMsg(reply)
}
