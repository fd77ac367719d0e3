package mysqldns

import (
	"context"
	"errors"
	"time"

	"github.com/mysqldns/mysqldns/plugin/journal"

	"github.com/coredns/coredns/core/dnsserver"
	"github.com/coredns/coredns/plugin/transfer"

	"github.com/miekg/dns"
)

var _ transfer.Transferer = (*MySQLDNS)(nil)

const (
	contentWait   = 4 * time.Second // how long to wait for a version that is not known yet, as just after a start: Knot waits 5 s for an answer
	readerWait    = time.Minute     // how long the plugin transfer may take to accept the next records
	transferBatch = 500             // records
)

// errNotLoaded ends a transfer before it begins: the plugin transfer answers SERVFAIL, as any question gets then.
var errNotLoaded = errors.New("nothing is loaded yet")

// Reasons to refuse a transfer. It is answered with REFUSED: to an IXFR, SERVFAIL would say that the difference cannot be had, and NSD asks for just that
// again and again. After REFUSED, secondaries turn to their next primary and come back.
var (
	errNoContent  = errors.New("the content of its version is not known yet, nor that of one before")
	errNotFollows = errors.New("its version is not known yet")
)

// Transfer implements transfer.Transferer: it sends one version of a zone, or since the plugin transfer passes on whatever comes, how the version came
// from the one that the secondary has (RFC 1995).
func (m *MySQLDNS) Transfer(zone string, serial uint32) (<-chan []dns.RR, error) {
	zone = dns.CanonicalName(zone)
	c := m.catalogOf(zone)
	if c == nil && !m.all && m.zones.Matches(zone) == "" {
		return nil, transfer.ErrNotAuthoritative
	}
	view := m.copy.view()
	if c != nil {
		view = c.view()
	}
	if view == nil {
		return nil, errNotLoaded
	}
	if view.Zone(zone).Apex() != zone {
		return nil, transfer.ErrNotAuthoritative
	}
	version, octets, ok := m.version(zone)
	if !ok {
		return m.refuseTransfer(zone, errNotFollows)
	}
	if serial != 0 {
		if rrs := sinceSerial(version, serial, octets); rrs != nil {
			return onlyBatch(rrs), nil
		}
	}
	return m.transferWhole(zone, serial)
}

// refuseTransfer has a transfer answered with REFUSED: the plugin transfer hands it on, and ServeDNS refuses those of its own zones. The log says so once, until
// the zone is transferred again.
func (m *MySQLDNS) refuseTransfer(zone string, why error) (<-chan []dns.RR, error) {
	transferCount.WithLabelValues("whole", "refused").Inc()
	if _, told := m.refused.LoadOrStore(zone, true); told {
		return nil, transfer.ErrNotAuthoritative
	}
	log.Warningf("a transfer of %s was refused: %v. Secondaries ask their other primaries, and here again later", zone, why)
	return nil, transfer.ErrNotAuthoritative
}

// version is the version of a zone. One that has just appeared is waited for.
func (m *MySQLDNS) version(zone string) (version journal.Version, octets int, ok bool) {
	ok = await(func() (known bool) {
		version, octets, known = m.versionsOf(zone).version(zone)
		return known
	})
	return version, octets, ok
}

// versionsOf are those that a zone is one of: the copy's, or those of the block's catalog.
func (m *MySQLDNS) versionsOf(zone string) *versions {
	if c := m.catalogOf(zone); c != nil {
		return c.versions
	}
	return m.copy.answering().versions
}

// waitStep is the time between looks at what is waited for.
const waitStep = 20 * time.Millisecond

// await looks until something is known, for contentWait at most, and reports whether it is.
func await(known func() bool) bool {
	for deadline := time.Now().Add(contentWait); ; time.Sleep(waitStep) {
		if known() {
			return true
		}
		if time.Now().After(deadline) {
			return false
		}
	}
}

// sinceSerial is what a secondary with an older version is sent; nil if that is the whole zone. One that has the version, or a newer one, gets the SOA.
func sinceSerial(version journal.Version, serial uint32, octets int) []dns.RR {
	if serial == version.Serial || journal.Newer(serial, version.Serial) {
		if soa := version.SOA(); soa != nil {
			transferCount.WithLabelValues("current", "done").Inc()
			return []dns.RR{soa}
		}
	}
	if rrs, ok := version.Since(serial, octets); ok {
		transferCount.WithLabelValues("incremental", "done").Inc()
		return rrs
	}
	return nil
}

// onlyBatch is a channel that has some records and no more.
func onlyBatch(rrs []dns.RR) <-chan []dns.RR {
	batch := make(chan []dns.RR, 1)
	batch <- rrs
	close(batch)
	return batch
}

// transferWhole sends a whole version: the newest whose content is known. A secondary that has that one already, or a newer one, gets its SOA: there is
// nothing for it here yet.
func (m *MySQLDNS) transferWhole(zone string, serial uint32) (<-chan []dns.RR, error) {
	if err := wholeTransfers.begin(); err != nil {
		return m.refuseTransfer(zone, err)
	}
	version, ok := m.wholeVersion(zone)
	if !ok {
		wholeTransfers.end()
		return m.refuseTransfer(zone, errNoContent)
	}
	if serial != 0 && !journal.Newer(version.Serial, serial) {
		wholeTransfers.end()
		transferCount.WithLabelValues("current", "done").Inc()
		return onlyBatch([]dns.RR{version.SOA()}), nil
	}
	m.refused.Delete(zone)
	batches := make(chan []dns.RR)
	go func() {
		defer wholeTransfers.end()
		defer close(batches)
		m.leftOut.tell(m.source.table, version)
		result := "done"
		if !sendWhole(version, batches) {
			result = "broken"
		}
		transferCount.WithLabelValues("whole", result).Inc()
	}()
	return batches, nil
}

// wholeVersion is the newest version of a zone whose content is known. Just after a start, that may take some moments to be.
func (m *MySQLDNS) wholeVersion(zone string) (version journal.Version, ok bool) {
	ok = await(func() (known bool) {
		version, known = m.versionsOf(zone).wholeVersion(zone)
		return known
	})
	return version, ok
}

// sendWhole sends all records of a version, and its SOA once more, for the end; unless the reader takes none for too long. Then there is no end, and the
// secondary knows that the transfer broke off.
func sendWhole(version journal.Version, batches chan<- []dns.RR) bool {
	timer := time.NewTimer(readerWait)
	defer timer.Stop()
	batch := make([]dns.RR, 0, transferBatch)
	send := func() bool {
		timer.Reset(readerWait)
		select {
		case batches <- batch:
			batch = make([]dns.RR, 0, transferBatch)
			return true
		case <-timer.C:
			return false
		}
	}
	for rr := range version.All() {
		if batch = append(batch, rr); len(batch) == transferBatch && !send() {
			return false
		}
	}
	batch = append(batch, version.SOA())
	return send()
}

// startTransfers prepares to transfer zones and to tell secondaries of new versions, if the block has the plugin transfer.
func (m *MySQLDNS) startTransfers(config *dnsserver.Config) {
	handler, ok := config.Handler("transfer").(*transfer.Transfer)
	if !ok {
		if m.catalog != nil {
			log.Warningf("catalog: the block of %s has no transfer, so that nobody can have the catalog; add transfer { to ADDRESS }", m.catalog.name)
		}
		return
	}
	ctx, cancel := context.WithCancel(context.Background())
	n := newNotifier(handler.Notify)
	go n.run(ctx)
	stop := m.copy.versions.listen(m, func(apex string) {
		if m.all || m.zones.Matches(apex) != "" {
			n.add(apex)
		}
	})
	stopCatalog := func() {}
	if m.catalog != nil {
		stopCatalog = m.catalog.versions.listen(m, n.add)
	}
	m.endNotify = func() {
		stop()
		stopCatalog()
		cancel()
	}
}

// stopTransfers ends what startTransfers began.
func (m *MySQLDNS) stopTransfers() {
	if m.endNotify != nil {
		m.endNotify()
	}
}
