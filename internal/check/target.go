package check

import (
	"bytes"
	"errors"
	"fmt"
	"strings"

	"github.com/mysqldns/mysqldns/internal/order"
	"github.com/mysqldns/mysqldns/plugin/record"
	"github.com/mysqldns/mysqldns/plugin/wire"

	"github.com/miekg/dns"
)

// targetWalk looks at the names that records point to, side by side with the records, both in canonical order.
type targetWalk struct {
	*Checker
	progress *watch
	records  *order.Reader
	more     bool // records is at one
	path     path
	links    map[string]link // aliases to aliases, by the key of the owner
}

func (c *Checker) walkTargets(progress *watch) error {
	w := &targetWalk{Checker: c, progress: progress, records: c.records.Read(), links: map[string]link{}}
	w.more = w.records.Next()
	targets := c.targets.Read()
	var name wire.Key // of the targets that we are at
	var what has
	var err error
	nameServers := false
	for first := true; targets.Next(); first = false {
		t := readTarget(targets.Key(), targets.Value())
		if first || !t.name.Equal(name) {
			name = bytes.Clone(t.name)
			if what, err = w.goTo(name); err != nil {
				return err
			}
			nameServers = false
		}
		nameServers = nameServers || t.kind == nameServer
		if t.kind == glue {
			err = w.lookAtGlue(t, nameServers)
		} else {
			err = w.lookAt(t, what)
		}
		if err != nil {
			return err
		}
	}
	if err := errors.Join(targets.Err(), w.records.Err()); err != nil {
		return err
	}
	return w.walkCircles()
}

// goTo passes over the records before name and at it, and returns what it has. The path then leads to the longest existing name at or above
// it, as far as names before it show.
func (w *targetWalk) goTo(name wire.Key) (has, error) {
	for w.more && bytes.Compare(w.records.Item().Owner, name) < 0 {
		if _, err := w.passOwner(); err != nil {
			return has{}, err
		}
	}
	if w.more && w.records.Item().Owner.Equal(name) {
		return w.passOwner()
	}
	w.path = w.path.leave(name)
	return has{}, nil
}

// passOwner notes what the next name has, and goes on to the one after it.
func (w *targetWalk) passOwner() (has, error) {
	owner := bytes.Clone(w.records.Item().Owner)
	w.path = w.path.enter(owner)
	here := w.path.here()
	what := has{records: true}
	for w.more && w.records.Item().Owner.Equal(owner) {
		switch w.records.Item().Type {
		case dns.TypeSOA:
			here.apex = true
		case dns.TypeNS:
			here.cut = !here.apex
		case dns.TypeDNAME:
			here.dname = true
		case dns.TypeCNAME:
			what.alias = true
		case wire.TypeALIAS:
			what.address, what.many = true, true // whichever they are
		case dns.TypeA, dns.TypeAAAA:
			what.address = true
			if what.many = what.many || len(what.addresses) == mostAddresses; !what.many {
				what.addresses = append(what.addresses, bytes.Clone(w.records.Item().Rdata))
			}
		}
		if err := w.progress.pass(); err != nil {
			return what, err
		}
		w.more = w.records.Next()
	}
	if n := len(w.path); n > 1 && string(here.name.Label()) == "*" {
		w.path[n-2].wildcard, w.path[n-2].wild = true, what
	}
	return what, nil
}

// lookAtGlue tells of an address below a cut that is the address of no name server.
func (w *targetWalk) lookAtGlue(t target, isNameServer bool) error {
	if isNameServer {
		return nil
	}
	return w.findHidden(t.name, []uint16{t.from}, t.owner, row(t.id))
}

// lookAt looks whether a record may point to its target, which has this.
func (w *targetWalk) lookAt(t target, what has) error {
	if t.from == dns.TypeDNAME {
		if to := w.dnameAt(t.name); to != nil {
			w.chain(t, to)
		}
		return nil
	}
	hiding := w.path.hiding(t.name)
	switch {
	case what.alias && hiding == nil:
		return w.alias(t, t.name, "is an alias")
	case w.path.zone() < 0:
		return w.loose(t, what)
	case hiding != nil && hiding.cut:
		return w.delegated(t, what, hiding)
	case hiding != nil:
		return w.alias(t, hiding.name, "is below a DNAME, and so an alias")
	case what.records:
		return w.hasAddress(t, what)
	}
	return w.missing(t)
}

// loose looks at a target that is in no zone of the table. Others may know it, unless it is a single label at which only the table could have something.
func (w *targetWalk) loose(t target, what has) error {
	switch {
	case what.records && t.from == dns.TypePTR:
		return w.reverse(t, what)
	case what.records || len(t.zone) == 0 || len(t.name.Parent()) > 0 || string(t.name.Label()) == "localhost":
		return nil
	}
	label := strings.TrimSuffix(t.name.Name(), ".")
	return w.tell(t, ShortTarget, fmt.Sprintf("the target of its %s is %s, a name of one label: names in rows are not relative to the zone", record.TypeName(t.from), t.name.Name()),
		"write it as "+label+"."+strings.TrimSuffix(t.zone.Name(), ".")+", if that is meant")
}

// delegated looks at a target beyond a cut. Others know it, unless it is a server of the very zone that begins there.
func (w *targetWalk) delegated(t target, what has, cut *node) error {
	if t.from == wire.TypeALIAS {
		return w.tell(t, NoAddress, fmt.Sprintf("the target of its ALIAS, %s, is delegated to other servers, so questions for its addresses fail", t.name.Name()),
			"name another")
	}
	if t.kind != nameServer || !cut.name.Equal(t.owner) || what.address {
		return nil
	}
	return w.tell(t, MissingGlue, fmt.Sprintf("its name server %s is in the zone that it serves and has no address here, so nobody can reach it", t.name.Name()),
		"add its A or AAAA records")
}

// alias tells of a target that is an alias, where none may be. To is the owner of that.
func (w *targetWalk) alias(t target, to wire.Key, what string) error {
	if t.from == dns.TypeCNAME || t.from == wire.TypeALIAS {
		w.chain(t, to)
		return nil
	}
	return w.tell(t, TargetIsAlias, fmt.Sprintf("the target of its %s, %s, %s", record.TypeName(t.from), t.name.Name(), what),
		"name what the alias leads to")
}

// hasAddress tells of a target that needs an address and has none.
func (w *targetWalk) hasAddress(t target, what has) error {
	switch {
	case t.from == dns.TypePTR:
		return w.reverse(t, what)
	case what.address || t.from == dns.TypeCNAME:
		return nil
	}
	return w.tell(t, NoAddress, fmt.Sprintf("the target of its %s, %s, has no A or AAAA record", record.TypeName(t.from), t.name.Name()), "add one, or name another")
}

// missing looks at a target without records: whether a wildcard stands in (RFC 4592, 3.3.1).
func (w *targetWalk) missing(t target) error {
	encloser := w.path.here() // the closest, unless names that come later make a closer one
	last, wildcardIsPast := t.name, true
	for name := t.name; len(name) > len(encloser.name); name = name.Parent() {
		last = name
		wildcardIsPast = wildcardIsPast && bytes.Compare(name.Label(), []byte("*")) > 0
	}
	closer := w.more && last.Holds(w.records.Item().Owner)
	switch {
	case !wildcardIsPast:
		return nil // it would come only later, which is too rare for another walk
	case encloser.wildcard && !closer:
		return w.wild(t, encloser.wild)
	}
	return w.tell(t, MissingTarget, fmt.Sprintf("the target of its %s, %s, has no records", record.TypeName(t.from), t.name.Name()), "add them, or name another")
}

// wild looks at a target that a wildcard makes.
func (w *targetWalk) wild(t target, what has) error {
	if what.alias {
		return w.alias(t, wildcardOf(w.path.here().name), "is an alias by a wildcard")
	}
	return w.hasAddress(t, what)
}

func (c *Checker) tell(t target, kind Kind, problem, advice string) error {
	return c.find(t.owner, Finding{Kind: kind, Owner: t.owner.Name(), Type: record.TypeName(t.from), Problem: problem, Advice: advice}, row(t.id))
}
