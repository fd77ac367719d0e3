package differential

import (
	"fmt"
	"slices"
	"strings"

	"github.com/miekg/dns"
)

// Reply is what counts of a reply. Two replies are equal if their texts are.
type Reply struct {
	Rcode     string
	AA        string
	Answer    string // sorted records, one a line, in lower case but for texts
	Authority string
	Glue      string // addresses of name servers in a referral's own domain
}

// parts names the fields of a Reply.
var parts = []string{"rcode", "AA", "answer", "authority", "glue"}

func (r Reply) part(i int) string {
	return []string{r.Rcode, r.AA, r.Answer, r.Authority, r.Glue}[i]
}

// Normal reduces a reply to what counts.
func Normal(m *dns.Msg) Reply {
	if m == nil {
		return Reply{Rcode: "no reply"}
	}
	return Reply{
		Rcode:     dns.RcodeToString[m.Rcode],
		AA:        fmt.Sprint(m.Authoritative),
		Answer:    sorted(m.Answer),
		Authority: sorted(m.Ns),
		Glue:      sorted(glue(m)),
	}
}

// glue is the addresses in the additional section of the name servers in the domain of the cut.
func glue(m *dns.Msg) []dns.RR {
	var rrs []dns.RR
	for _, rr := range m.Extra {
		owner := lower(rr.Header().Name)
		if slices.ContainsFunc(m.Ns, func(rr dns.RR) bool {
			ns, ok := rr.(*dns.NS)
			return ok && lower(ns.Ns) == owner && dns.IsSubDomain(lower(ns.Hdr.Name), owner)
		}) {
			rrs = append(rrs, rr)
		}
	}
	return rrs
}

func sorted(rrs []dns.RR) string {
	lines := make([]string, len(rrs))
	for i, rr := range rrs {
		owner, rest, _ := strings.Cut(rr.String(), "\t")
		if rr.Header().Rrtype != dns.TypeTXT {
			rest = lower(rest)
		}
		lines[i] = lower(owner) + "\t" + rest
	}
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}

// String prints a reply in the manner of dig.
func (r Reply) String() string {
	s := fmt.Sprintf(";; %s, AA %s\n", r.Rcode, r.AA)
	for i, part := range parts[2:] {
		if text := r.part(i + 2); text != "" {
			s += ";; " + strings.ToUpper(part) + "\n" + text + "\n"
		}
	}
	return s
}

// Disagreement says in one line in what replies differ: for each part the groups of servers that say the same. It is "" if they agree.
func Disagreement(names []string, replies []Reply) string {
	var all []string
	for i, part := range parts {
		var texts, groups []string
		for j, r := range replies {
			k := slices.Index(texts, r.part(i))
			if k < 0 {
				texts, groups = append(texts, r.part(i)), append(groups, names[j])
				continue
			}
			groups[k] += "=" + names[j]
		}
		if len(groups) > 1 {
			all = append(all, part+" "+strings.Join(groups, "|"))
		}
	}
	return strings.Join(all, ", ")
}
