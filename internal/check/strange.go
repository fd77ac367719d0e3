package check

import (
	"fmt"
	"net/netip"
	"strings"
	"unicode/utf8"

	"github.com/mysqldns/mysqldns/plugin/record"
	"github.com/mysqldns/mysqldns/plugin/wire"

	"golang.org/x/net/idna"
)

// Names that are valid in the DNS and most likely a mistake.

// octetsOf is a name as text without escapes and without the final dot.
func octetsOf(key wire.Key) string {
	var labels []string
	for ; len(key) > 0; key = key.Parent() {
		labels = append(labels, unescaped(wire.Key(key[len(key.Parent()):]).Name()))
	}
	return strings.Join(labels, ".")
}

// unescaped is the octets of a name of one label.
func unescaped(name string) string {
	name = strings.TrimSuffix(name, ".")
	var out []byte
	for len(name) > 0 {
		c, n := name[0], 1
		if c == '\\' {
			if c, n = record.Unescape(name); n == 0 {
				c, n = '\\', 1
			}
		}
		out, name = append(out, c), name[n:]
	}
	return string(out)
}

// escaped is a label as a zone file has it.
func escaped(label string) string {
	label = label[:min(len(label), 63)]
	return strings.TrimSuffix(string(record.AppendName(nil, append(append([]byte{byte(len(label))}, label...), 0))), ".")
}

// notAName says what a name is really, that somebody took for one: an address, a URL, an address of mail; "" if it may be meant.
func notAName(name string) string {
	host, _, _ := strings.Cut(name, ":")
	last := name[strings.LastIndexByte(name, '.')+1:]
	switch {
	case strings.Contains(name, "://"):
		return "a URL"
	case isAddressText(name):
		return "an address"
	case isAddressText(host):
		return "an address and a port"
	case strings.Contains(name, "@"):
		return "an address of mail"
	case strings.Contains(last, "/"):
		return "the beginning of a URL"
	case strings.Contains(last, ":"):
		return "a name and a port"
	}
	return ""
}

// isAddressText reports whether a name is an IP address. IPv6 may be in brackets, as in a URL.
func isAddressText(name string) bool {
	_, err := netip.ParseAddr(strings.TrimSuffix(strings.TrimPrefix(name, "["), "]"))
	return err == nil
}

// aLabels is the name that the DNS has for one that is written in Unicode (RFC 5890, 2.3.2.1); "" if a name is not written so.
func aLabels(name string) string {
	if !utf8.ValidString(name) || strings.IndexFunc(name, func(r rune) bool { return r >= utf8.RuneSelf }) < 0 {
		return ""
	}
	ascii, err := profile.ToASCII(name)
	if err != nil || strings.ContainsFunc(ascii, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return ""
	}
	return ascii
}

// profile maps names as browsers do, and lets through what is usual in the DNS and in no host's name: _ and *.
var profile = idna.New(idna.MapForLookup(), idna.Transitional(false), idna.StrictDomainName(false), idna.ValidateLabels(false))

// lookAtTarget tells of a target that is no name, or none that anybody asks for. Others is whether the usual checks make sense as well.
func (w *ownerWalk) lookAtTarget(t target) (others bool, err error) {
	name := octetsOf(t.name)
	if what := notAName(name); what != "" {
		return false, w.tell(t, TargetIsNoName, fmt.Sprintf("the target of its %s, %s, is %s, and has to be a domain name", record.TypeName(t.from), clip(t.name.Name()), what),
			"name the host; an address is for the rows of type A and AAAA of that name")
	}
	if ascii := aLabels(name); ascii != "" {
		return false, w.tell(t, UnicodeName, fmt.Sprintf("the target of its %s is written in Unicode, and clients ask for its A-labels", record.TypeName(t.from)),
			"write it as "+clip(ascii))
	}
	return true, nil
}

// lookAtMailbox tells of a SOA whose mailbox is written with an @ (RFC 1035, 8).
func (w *ownerWalk) lookAtMailbox(mailbox, owner wire.Key, id uint64) error {
	local, domain, found := strings.Cut(octetsOf(mailbox), "@")
	if !found {
		return nil
	}
	dotted := escaped(local)
	for label := range strings.SplitSeq(domain, ".") {
		dotted += "." + escaped(label)
	}
	return w.find(owner, Finding{
		Kind: MailboxWithAt, Owner: w.name, Type: "SOA",
		Problem: "its mailbox is written with an @, which is part of the name then", Advice: "write it as " + clip(dotted),
	}, row(id))
}
