package mysqldns

import (
	"context"
	"errors"
	"fmt"

	"github.com/mysqldns/mysqldns/plugin/follow"

	"github.com/coredns/coredns/core/dnsserver"

	"github.com/miekg/dns"
)

// allowUpdates has the server pass on UPDATE messages, if there are rules for any.
func (m *MySQLDNS) allowUpdates(config any) error {
	if len(m.rules) == 0 {
		return nil
	}
	allower, ok := config.(interface{ AllowOpcode(opcode int) }) // a method of dnsserver.Config since 1.15
	if !ok {
		return errors.New("update: this CoreDNS keeps UPDATE messages from plugins; version 1.15 does not")
	}
	allower.AllowOpcode(dns.OpcodeUpdate)
	return nil
}

// startUpdates makes ready for updates, if there are rules for any. It refuses what could not work: else the first to notice would be a client, with no
// word about why.
func (m *MySQLDNS) startUpdates(config *dnsserver.Config) error {
	if len(m.rules) == 0 {
		return nil
	}
	if err := m.checkKeys(config); err != nil {
		return err
	}
	if config.Handler("dynupdate") != nil {
		return errors.New("update: dynupdate is in the same server block and would answer every UPDATE; give it a block of its own")
	}
	writers, err := openWriters(&m.source)
	if err != nil {
		return err
	}
	updater := newUpdater(m.copy, writers, m.source.ttl)
	if err := updater.probe(); err != nil {
		updater.close()
		return fmt.Errorf("update: %w", err)
	}
	m.updater = updater
	return nil
}

// checkKeys reports whether tsig in the same block knows the keys of all rules. What it knows in another block counts for that.
func (m *MySQLDNS) checkKeys(config *dnsserver.Config) error {
	if config.Handler("tsig") == nil {
		return errors.New("update: there is no tsig in this server block, so no key can be told; add it with the secrets of the keys")
	}
	for _, rule := range m.rules {
		if _, ok := config.TsigSecret[rule.Key]; !ok {
			return fmt.Errorf("update: tsig in this server block has no secret of the key %s", rule.Key)
		}
	}
	return nil
}

// probe opens a session for updates. It is an error if the table can not be updated; if the database can not be reached, that is only said.
func (u *updater) probe() error {
	ctx, cancel := context.WithTimeout(context.Background(), follow.ConnectTimeout+follow.QueryTimeout)
	defer cancel()
	s, err := u.session(ctx)
	switch {
	case errors.Is(err, errUnfit):
		return err
	case err != nil:
		log.Warningf("cannot write to %s: %v. Answering SERVFAIL to updates until it can", u.writers.table, err)
	default:
		u.giveBack(ctx, s, true)
	}
	return nil
}
