package mysqldns

import (
	"bytes"
	_ "embed" // page.html
	"fmt"
	"html/template"
	"net/http"
	"time"

	"github.com/mysqldns/mysqldns/internal/version"
	"github.com/mysqldns/mysqldns/plugin/follow"

	"github.com/miekg/dns"
)

//go:embed page.html
var pageText string

var pageTemplate = template.Must(template.New("page").Parse(pageText))

// maxShown bounds the skipped rows on the page.
const maxShown = 50

// page is what page.html shows.
type page struct {
	Version string
	Copy    copyState
	Changes []recentChange
	Skipped []follow.SkippedRow
	More    int // rows that are skipped, beyond these
	Asked   *asked
	Types   []string // to offer
}

// copyState is how things are with the copy that a block answers from.
type copyState struct {
	Table, Servers string
	Filled         bool
	Following      bool   // now
	Host           string // that is followed, or was last; "" before the first
	How            string // it is followed
	Failure        string // why it is not; "" while it is
	Records, Zones int
	Bytes          string
	Age            time.Duration // since the database confirmed the copy
	Confirmed      time.Time
	Changed        time.Time
	Lag            time.Duration // of the last change that the log named; 0 before one
}

// asked is a question and what came of it.
type asked struct {
	Name, Type string // as they were given
	Problem    string // with the question; "" if there is none
	Rcode      string
	How        []string
	Flags      string
	Sections   []section
}

type section struct {
	Title string
	Rows  []shownRow
}

// shownRow is a record as a row, with its type as people know it.
type shownRow struct {
	row
	Mnemonic string
}

var offeredTypes = []string{"A", "AAAA", "CAA", "CNAME", "DNAME", "DS", "HTTPS", "MX", "NAPTR", "NS", "PTR", "SOA", "SRV", "SSHFP", "SVCB", "TLSA", "TXT"}

// servePage shows the state of the copy, and the answer to a question if the request has one.
func (m *MySQLDNS) servePage(rw http.ResponseWriter, r *http.Request) {
	p := m.copy.page()
	p.Version, p.Types = version.Number(), offeredTypes
	status := http.StatusOK
	if domain := r.URL.Query().Get("domain"); domain != "" {
		p.Asked = m.web.answer(r, domain)
		if p.Asked.Problem != "" {
			status = http.StatusBadRequest
		}
	}
	var text bytes.Buffer // whole, or not at all
	if err := pageTemplate.Execute(&text, p); err != nil {
		log.Errorf("http: the page cannot be made: %v", err)
		http.Error(rw, "the page cannot be made; the log says why", http.StatusInternalServerError)
		return
	}
	h := rw.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	// Whatever a row holds is text; even so, nothing on the page may run, load or be framed.
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	rw.WriteHeader(status)
	rw.Write(text.Bytes()) //nolint:errcheck // whoever asked is gone
}

// answer asks what a request for the page asks.
func (w *web) answer(r *http.Request, domain string) *asked {
	a := &asked{Name: domain, Type: r.URL.Query().Get("type")}
	q, err := questionOf(r.URL.RawQuery)
	if err != nil {
		a.Problem = err.Error()
		return a
	}
	a.Type = dns.Type(q.Question[0].Qtype).String()
	reply, how := w.ask(r, q)
	if reply == nil {
		a.Problem = "the server gave no answer"
		return a
	}
	a.Rcode, a.How = dns.RcodeToString[reply.Rcode], how.sentences(reply)
	if reply.Authoritative {
		a.Flags = "authoritative"
	}
	for _, s := range []struct {
		title string
		rrs   []dns.RR
	}{{"Answer", reply.Answer}, {"Authority", reply.Ns}, {"Additional", reply.Extra}} {
		if shown := shownRows(s.rrs); len(shown) > 0 {
			a.Sections = append(a.Sections, section{s.title, shown})
		}
	}
	return a
}

func shownRows(rrs []dns.RR) (rows []shownRow) {
	for i, r := range rowsOf(rrs) {
		if rrs[i].Header().Rrtype != dns.TypeOPT { // of the message, and no record
			rows = append(rows, shownRow{r, dns.Type(r.Type).String()})
		}
	}
	return rows
}

// page is what there is to show of the copy.
func (c *tableCopy) page() page {
	c = c.answering()
	p := page{Copy: c.report.state(), Skipped: c.follower.Skipped(maxShown)}
	p.Copy.Following = c.follower.State() == follow.Following || c.follower.State() == follow.Reconnecting
	if view := c.follower.View(); view != nil {
		p.Copy.Filled, p.Copy.Records, p.Copy.Zones, p.Copy.Bytes = true, view.Len(), len(view.Zones()), octets(view.Bytes())
		p.Copy.Confirmed = c.follower.ConfirmedAt()
		p.Copy.Age = time.Since(p.Copy.Confirmed).Round(time.Millisecond)
	}
	p.Changes, p.More = c.report.changes(), max(0, c.report.skippedRows()-len(p.Skipped))
	return p
}

// octets is an amount of memory for people.
func octets(n int64) string {
	switch {
	case n < 1<<10:
		return fmt.Sprintf("%d B", n)
	case n < 1<<20:
		return fmt.Sprintf("%.1f KiB", float64(n)/(1<<10))
	}
	return fmt.Sprintf("%.1f MiB", float64(n)/(1<<20))
}
