package mysqldns

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/mysqldns/mysqldns/plugin/journal"

	"github.com/coredns/coredns/core/dnsserver"
	"github.com/coredns/coredns/plugin/transfer"

	"github.com/miekg/dns"
)

var _ transfer.Transferer = (*MySQLDNS)(nil)

const (
	mostTransfers = 16               // of whole zones, at a time, in the process; others wait …
	transferWait  = 10 * time.Second // … for so long
	contentWait   = 5 * time.Second  // how long to wait for the content of a version that is not known yet, as just after a start
	readerWait    = time.Minute      // how long the plugin transfer may take to accept the next records
	transferBatch = 500              // records
)

var transferring = make(chan struct{}, mostTransfers)

// Errors that end a transfer before it begins, for which the plugin transfer answers SERVFAIL: secondaries try again.
var (
	errNotLoaded  = errors.New("nothing is loaded yet")
	errNoContent  = errors.New("the content of the zone's version is not known yet")
	errBusy       = fmt.Errorf("%d other transfers did not end in %s", mostTransfers, transferWait)
	errNotFollows = errors.New("its versions are not known yet")
)

// Transfer implements transfer.Transferer: it sends one version of a zone, or since the plugin transfer passes on whatever comes, how the version came
// from the one that the secondary has (RFC 1995).
func (m *MySQLDNS) Transfer(zone string, serial uint32) (<-chan []dns.RR, error) {
	zone = dns.CanonicalName(zone)
	if !m.all && m.zones.Matches(zone) == "" {
		return nil, transfer.ErrNotAuthoritative
	}
	view := m.copy.view()
	if view == nil {
		return nil, errNotLoaded
	}
	if view.Zone(zone).Apex() != zone {
		return nil, transfer.ErrNotAuthoritative
	}
	version, octets, ok := m.version(zone)
	if !ok {
		return nil, fmt.Errorf("%s: %w", zone, errNotFollows)
	}
	if serial != 0 {
		if rrs := sinceSerial(version, serial, octets); rrs != nil {
			return onlyBatch(rrs), nil
		}
	}
	return m.transferWhole(zone)
}

// version is the version of a zone. One that has just appeared is waited for.
func (m *MySQLDNS) version(zone string) (version journal.Version, octets int, ok bool) {
	for deadline := time.Now().Add(contentWait); ; time.Sleep(waitStep) {
		version, octets, ok = m.copy.answering().versions.version(zone)
		if ok || time.Now().After(deadline) {
			return version, octets, ok
		}
	}
}

// waitStep is the time between looks at what is waited for.
const waitStep = 20 * time.Millisecond

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

// transferWhole sends a whole version.
func (m *MySQLDNS) transferWhole(zone string) (<-chan []dns.RR, error) {
	select {
	case transferring <- struct{}{}:
	case <-time.After(transferWait):
		transferCount.WithLabelValues("whole", "refused").Inc()
		return nil, fmt.Errorf("%s: %w", zone, errBusy)
	}
	version, ok := m.wholeVersion(zone)
	if !ok {
		<-transferring
		transferCount.WithLabelValues("whole", "refused").Inc()
		return nil, fmt.Errorf("%s: %w", zone, errNoContent)
	}
	batches := make(chan []dns.RR)
	go func() {
		defer func() { <-transferring }()
		defer close(batches)
		m.leftOut.tell(m.source.table, m.copy.view(), zone)
		result := "done"
		if !sendWhole(version, batches) {
			result = "broken"
		}
		transferCount.WithLabelValues("whole", result).Inc()
	}()
	return batches, nil
}

// wholeVersion is the version of a zone with its content. Just after a start, that may take some moments to be known.
func (m *MySQLDNS) wholeVersion(zone string) (journal.Version, bool) {
	for deadline := time.Now().Add(contentWait); ; time.Sleep(waitStep) {
		version, _, ok := m.copy.answering().versions.version(zone)
		if ok && version.Whole {
			return version, true
		}
		if time.Now().After(deadline) {
			return version, false
		}
	}
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
		return
	}
	ctx, cancel := context.WithCancel(context.Background())
	n := newNotifier(handler.Notify)
	go n.run(ctx)
	stop := m.copy.versions.listen(m, func(apex string) {
		if m.all || m.zones.Matches(apex) != "" {
			n.add(apex)
		}
	}, m.copy.view())
	m.endNotify = func() {
		stop()
		cancel()
	}
}

// stopTransfers ends what startTransfers began.
func (m *MySQLDNS) stopTransfers() {
	if m.endNotify != nil {
		m.endNotify()
	}
}
