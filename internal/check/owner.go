package check

import (
	"fmt"
	"slices"
	"strings"

	"github.com/mysqldns/mysqldns/internal/order"
	"github.com/mysqldns/mysqldns/internal/zone"
	"github.com/mysqldns/mysqldns/plugin/record"
	"github.com/mysqldns/mysqldns/plugin/wire"

	"github.com/miekg/dns"
)

// ownerWalk looks at what each name has. Of one name SOA, NS, DNAME and CNAME come first, so it is known what they make of the others.
type ownerWalk struct {
	*Checker
	path path
	name string // where we are

	set      rrset
	cnames   rows
	others   rows     // beside CNAME
	types    []uint16 // of others, some
	soa      rows
	hasNS    bool
	hidden   rows
	hiddenBy *node
	hides    []uint16 // types of hidden, some
}

// rrset is the RRset that we are in.
type rrset struct {
	first  order.Item // of the record that we are in
	all    rows
	same   rows // make that record
	ttl    uint32
	differ bool // in their TTLs
	count  int  // of records
}

// mostTypes bounds the types that a message names.
const mostTypes = 5

func (c *Checker) walkOwners(progress *watch) error {
	w := &ownerWalk{Checker: c}
	records := c.records.Read()
	for records.Next() {
		if err := progress.pass(); err != nil {
			return err
		}
		if err := w.visit(records.Item()); err != nil {
			return err
		}
	}
	if err := records.Err(); err != nil || w.name == "" {
		return err
	}
	return w.endOwner()
}

// visit looks at the next record.
func (w *ownerWalk) visit(i *order.Item) error {
	switch {
	case w.name == "" || !w.path.here().name.Equal(i.Owner):
		if w.name != "" {
			if err := w.endOwner(); err != nil {
				return err
			}
		}
		w.beginOwner(i.Owner)
		w.beginSet(i)
	case !w.set.first.SameSet(i):
		if err := w.endSet(); err != nil {
			return err
		}
		w.beginSet(i)
	case w.set.first.Compare(i) != 0:
		if err := w.endRecord(); err != nil {
			return err
		}
		w.beginRecord(i)
	}
	w.set.all.add(i.ID)
	w.set.same.add(i.ID)
	w.set.differ = w.set.differ || i.TTL != w.set.ttl
	w.set.ttl = min(w.set.ttl, i.TTL)
	return w.look(i)
}

func (w *ownerWalk) beginOwner(owner wire.Key) {
	w.path = w.path.enter(owner)
	w.name = owner.Name()
	w.cnames.reset()
	w.others.reset()
	w.soa.reset()
	w.hidden.reset()
	w.types, w.hides, w.hasNS, w.hiddenBy = w.types[:0], w.hides[:0], false, nil
}

func (w *ownerWalk) beginSet(i *order.Item) {
	w.set = rrset{ttl: i.TTL}
	w.beginRecord(i)
}

func (w *ownerWalk) beginRecord(i *order.Item) {
	w.set.first = i.Clone()
	w.set.same = rows{}
	w.set.count++
}

// endRecord looks at the rows that make one record.
func (w *ownerWalk) endRecord() error {
	if w.set.same.count < 2 {
		return nil
	}
	return w.find(w.set.first.Owner, Finding{
		Kind: Duplicate, Owner: w.name, Type: record.TypeName(w.set.first.Type),
		Problem: fmt.Sprintf("%d rows make the same record, which is answered once", w.set.same.count), Advice: "delete all but one",
	}, w.set.same)
}

// endSet looks at the records of one type.
func (w *ownerWalk) endSet() error {
	if err := w.endRecord(); err != nil {
		return err
	}
	rrtype := record.TypeName(w.set.first.Type)
	if w.set.differ && wire.FormsRRset(w.set.first.Type) {
		err := w.find(w.set.first.Owner, Finding{
			Kind: TTLsDiffer, Owner: w.name, Type: rrtype,
			Problem: fmt.Sprintf("the TTLs of its %s rows differ; all are answered with the least, %d", rrtype, w.set.ttl), Advice: "set them to the same",
		}, w.set.all)
		if err != nil {
			return err
		}
	}
	if w.set.first.Type == wire.TypeALIAS {
		err := w.find(w.set.first.Owner, Finding{
			Kind: NotTransferred, Owner: w.name, Type: rrtype,
			Problem: "no transfer and no master file has it, so the zone's secondaries answer no addresses here",
			Advice:  "let no secondary answer for the zone, or write the addresses",
		}, w.set.all)
		if err != nil {
			return err
		}
	}
	if w.set.count < 2 || !zone.IsSingle(w.set.first.Type) {
		return nil
	}
	return w.find(w.set.first.Owner, Finding{
		Kind: MoreThanOne, Owner: w.name, Type: rrtype,
		Problem: fmt.Sprintf("it has %d %s records, of which one is answered", w.set.count, rrtype), Advice: "delete the others",
	}, w.set.all)
}

// look notes what a record makes of its name, and whether it can be seen.
func (w *ownerWalk) look(i *order.Item) error {
	here := w.path.here()
	switch {
	case i.Type == dns.TypeSOA:
		here.apex = true
		w.soa.add(i.ID)
		if err := w.checkSerial(i); err != nil {
			return err
		}
	case i.Type == dns.TypeNS:
		w.hasNS = true
		here.cut = !here.apex
	case i.Type == dns.TypeDNAME:
		here.dname = true
	}
	if i.Type == dns.TypeCNAME {
		w.cnames.add(i.ID)
	} else if !zone.MayBesideCNAME(i.Type) {
		w.others.add(i.ID)
		w.types = addType(w.types, i.Type)
	}
	if by := w.path.hiding(i.Owner); by != nil {
		if isAddress(i.Type) && by.cut {
			return w.addTarget(target{name: i.Owner, kind: glue, from: i.Type, id: i.ID, owner: by.name})
		}
		if !by.cut || !by.name.Equal(i.Owner) || !isSeenAtCut(i.Type) {
			w.hidden.add(i.ID)
			w.hides = addType(w.hides, i.Type)
			w.hiddenBy = by
			return nil
		}
	}
	return w.pointsTo(i)
}

func addType(types []uint16, rrtype uint16) []uint16 {
	if len(types) > mostTypes || slices.Contains(types, rrtype) {
		return types
	}
	return append(types, rrtype)
}

func isAddress(rrtype uint16) bool { return rrtype == dns.TypeA || rrtype == dns.TypeAAAA }

// isSeenAtCut reports whether the parent answers a type at a cut (RFC 4035, 3.1.4.1).
func isSeenAtCut(rrtype uint16) bool {
	switch rrtype {
	case dns.TypeNS, dns.TypeDS, dns.TypeNSEC, dns.TypeRRSIG:
		return true
	}
	return false
}

// pointsTo notes the name that a record points to.
func (w *ownerWalk) pointsTo(i *order.Item) error {
	var skip int
	kind := other
	switch i.Type {
	case dns.TypeSOA:
		server := wire.NameLen(i.Canonical)
		mailbox, err := wire.KeyOf(i.Canonical[server : server+wire.NameLen(i.Canonical[server:])])
		if err != nil {
			return err
		}
		return w.lookAtMailbox(mailbox, i.Owner, i.ID)
	case dns.TypeNS:
		kind = nameServer
	case dns.TypeCNAME, dns.TypeDNAME, dns.TypePTR, wire.TypeALIAS:
	case dns.TypeMX:
		skip = 2
	case dns.TypeSRV:
		skip = 6
	default:
		return nil
	}
	name, err := wire.KeyOf(i.Canonical[skip:])
	if err != nil || len(name) == 0 { // the root says that there is nothing (RFC 7505; RFC 2782)
		return err
	}
	t := target{name: name, kind: kind, from: i.Type, id: i.ID, owner: i.Owner}
	if at := w.path.zone(); at >= 0 {
		t.zone = w.path[at].name
	}
	if others, err := w.lookAtTarget(t); err != nil || !others {
		return err
	}
	return w.addTarget(t)
}

// endOwner looks at all that a name has.
func (w *ownerWalk) endOwner() error {
	if err := w.endSet(); err != nil {
		return err
	}
	here := w.path.here()
	if w.cnames.count > 0 && w.others.count > 0 {
		err := w.find(here.name, Finding{
			Kind: BesideCNAME, Owner: w.name,
			Problem: "it has a CNAME and " + typeList(w.types) + "; the CNAME is answered where nothing else fits",
			Advice:  "delete the CNAME, or all but it",
		}, w.cnames)
		if err != nil {
			return err
		}
	}
	if here.apex {
		w.Zones++
		if !w.hasNS {
			err := w.find(here.name, Finding{
				Kind: ZoneWithoutNS, Owner: w.name, Type: "SOA",
				Problem: "the zone has no NS records at its apex, so it cannot be delegated or transferred",
				Advice:  "add the names of its servers",
			}, w.soa)
			if err != nil {
				return err
			}
		}
	}
	return w.endHidden(here.name)
}

// endHidden tells of records of a name that are never answered.
func (w *ownerWalk) endHidden(name wire.Key) error {
	if w.hidden.count == 0 {
		return nil
	}
	if w.hiddenBy.cut {
		return w.findHidden(name, w.hides, w.hiddenBy.name, w.hidden)
	}
	f := Finding{Kind: HiddenByDNAME, Owner: w.name, Type: onlyType(w.hides), Advice: "delete that, or the DNAME"}
	f.Problem = fmt.Sprintf("%s is never answered: the DNAME at %s takes its place", typeList(w.hides), w.hiddenBy.name.Name())
	return w.find(name, f, w.hidden)
}

// findHidden tells of records beyond a cut.
func (c *Checker) findHidden(name wire.Key, types []uint16, cut wire.Key, about rows) error {
	f := Finding{Kind: HiddenByCut, Owner: name.Name(), Type: onlyType(types), Advice: "delete that, or the NS records at " + cut.Name()}
	f.Problem = fmt.Sprintf("%s is never answered: %s is delegated to other servers", typeList(types), cut.Name())
	return c.find(name, f, about)
}

// onlyType names a type if there is just one.
func onlyType(types []uint16) string {
	if len(types) != 1 {
		return ""
	}
	return record.TypeName(types[0])
}

// typeList names types.
func typeList(types []uint16) string {
	names := make([]string, len(types))
	for i, t := range types {
		names[i] = record.TypeName(t)
	}
	if len(names) > mostTypes {
		names[mostTypes] = "others"
	}
	return strings.Join(names, ", ")
}
