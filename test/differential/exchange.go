package differential

import (
	"fmt"
	"slices"
	"strings"

	"github.com/miekg/dns"
)

// exchange is one question and all answers to it, ours last.
type exchange struct {
	table   Table
	q       dns.Question
	names   []string
	replies []Reply
}

// String prints the table, the question and the answers.
func (e exchange) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s:\n%s%s\n", e.table.Name, e.table, e.q.String())
	for i, r := range e.replies {
		fmt.Fprintf(&b, ";;; %s\n%s", e.names[i], r)
	}
	return b.String()
}

// expected is what the references agree on.
func (e exchange) expected() (r Reply, ok bool) {
	n := len(e.replies) - 1
	return e.replies[0], Disagreement(e.names[:n], e.replies[:n]) == ""
}

func (e exchange) ours() Reply { return e.replies[len(e.replies)-1] }

// likeOurs names the references whose reply is ours.
func (e exchange) likeOurs() string {
	var like []string
	for i, r := range e.replies[:len(e.replies)-1] {
		if r == e.ours() {
			like = append(like, e.names[i])
		}
	}
	if like == nil {
		return "none"
	}
	return strings.Join(like, "=")
}

// class names the manner of a disagreement: by its cause where that is known, else by what differs.
func (e exchange) class() string {
	n := len(e.replies) - 1
	differ := Disagreement(e.names[:n], e.replies[:n])
	anyReply := func(f func(Reply) bool) bool { return slices.ContainsFunc(e.replies[:n], f) }
	switch {
	case e.q.Qtype == dns.TypeANY:
		return "ANY"
	case anyReply(Reply.tooMany):
		return "aliases in a circle, or too many"
	case anyReply(func(r Reply) bool { return r.Rcode == "YXDOMAIN" }):
		return "YXDOMAIN, or a substitution without end"
	case anyReply(Reply.wildcardDNAME):
		return "DNAME at a wildcard"
	case strings.HasPrefix(differ, "glue"):
		return "glue only: " + differ
	}
	if n < len(references) {
		return "in a zone that another refuses: " + differ
	}
	return differ
}

// tooMany reports whether the chain of aliases is so long that a reference may have given up: Knot does after five, BIND
// says SERVFAIL.
func (r Reply) tooMany() bool {
	return r.Rcode == "SERVFAIL" || strings.Count(r.Answer, "\tcname\t") >= 5
}

// wildcardDNAME reports whether a DNAME at a wildcard is in the answer.
func (r Reply) wildcardDNAME() bool {
	return slices.ContainsFunc(strings.Split(r.Answer, "\n"), func(line string) bool {
		return strings.HasPrefix(line, "*.") && strings.Contains(line, "\tdname\t")
	})
}
