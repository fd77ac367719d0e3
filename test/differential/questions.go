package differential

import (
	"math/rand/v2"
	"strings"

	"github.com/miekg/dns"
)

// types are the ones that are asked of every name.
var types = []uint16{
	dns.TypeA, dns.TypeAAAA, dns.TypeNS, dns.TypeSOA, dns.TypeCNAME, dns.TypeDNAME, dns.TypeMX, dns.TypeTXT, dns.TypeSRV,
	dns.TypeDS, 65280, dns.TypeANY,
}

// Questions asks about every owner name and what is above, below, between and beside it, and about every target,
// in all types. Some names come in mixed case. At most limit questions are drawn if limit is not 0.
func Questions(t Table, r *rand.Rand, limit int) []dns.Question {
	names := interesting(t)
	all := make([]dns.Question, 0, len(names)*len(types))
	for _, name := range names {
		for _, qtype := range types {
			all = append(all, dns.Question{Name: name, Qtype: qtype, Qclass: dns.ClassINET})
		}
	}
	if limit > 0 && len(all) > limit {
		r.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
		all = all[:limit]
	}
	for i := range all {
		if r.IntN(8) == 0 {
			g := generator{Rand: r}
			all[i].Name = g.scramble(all[i].Name)
		}
	}
	return all
}

// interesting lists the names worth asking about, each once, in a fixed order.
func interesting(t Table) []string {
	var names []string
	seen := map[string]bool{}
	add := func(name string) {
		name = lower(name)
		if _, ok := dns.IsDomainName(name); ok && !seen[name] && packable(name) {
			seen[name] = true
			names = append(names, name)
		}
	}
	around := func(name string) {
		add(name)
		for _, below := range []string{"a.", "b.", "*.", "x.", "a.b.", "x.y.", "a.*."} {
			add(below + name)
		}
		if name != "." {
			add("x." + parentOf(name))
			add("*." + parentOf(name))
		}
	}
	for _, rr := range t.Records {
		owner := lower(rr.Header().Name)
		around(owner)
		for owner != t.Origin && owner != "." {
			owner = parentOf(owner)
			add(owner)
		}
		if target := targetOf(rr); target != "" && dns.IsSubDomain(t.Origin, target) {
			add(target)
			add("a." + target)
		}
	}
	if t.Origin != "." {
		add(parentOf(t.Origin))
	}
	return names
}

// packable tells a name of at most 255 octets from a longer one.
func packable(name string) bool {
	_, err := dns.PackDomainName(name, make([]byte, 255), 0, nil, false)
	return err == nil
}

// targetOf is the name that a record points to, in lower case, or "".
func targetOf(rr dns.RR) string {
	switch rr := rr.(type) {
	case *dns.CNAME:
		return strings.ToLower(rr.Target)
	case *dns.DNAME:
		return strings.ToLower(rr.Target)
	case *dns.NS:
		return strings.ToLower(rr.Ns)
	case *dns.MX:
		return strings.ToLower(rr.Mx)
	case *dns.SRV:
		return strings.ToLower(rr.Target)
	}
	return ""
}
