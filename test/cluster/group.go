package cluster

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/mysqldns/mysqldns/test/mariadb"
	"github.com/mysqldns/mysqldns/test/port"
)

// Group is a MySQL Group Replication, which InnoDB Cluster is built on. It has three members. A member that was expelled stays up, read-only,
// until Rejoin: it does not try by itself.
type Group struct {
	Members []*mariadb.Server

	listening []string // where each member listens to the others
}

// Mode is who of a group takes writes.
type Mode bool

// The modes of a group.
const (
	SinglePrimary Mode = false // one member, which the group chooses
	MultiPrimary  Mode = true  // all
)

const groupName = "7d0a6f0e-5b3c-4a52-9f1d-3e8a4c2b1f60"

const (
	recoveryUser = "CREATE USER recovery@'%' IDENTIFIED BY 'recovery';\nGRANT REPLICATION SLAVE, BACKUP_ADMIN, GROUP_REPLICATION_STREAM ON *.* TO recovery@'%';\n"
	asRecovery   = "CHANGE REPLICATION SOURCE TO SOURCE_USER = 'recovery', SOURCE_PASSWORD = 'recovery' FOR CHANNEL 'group_replication_recovery'"
)

// StartGroup starts a group on data in dir: an empty database, in which the script has been executed. In SinglePrimary the first member is the
// primary.
func StartGroup(dir, script string, mode Mode) (*Group, error) {
	if _, err := mariadb.FindMySQL(); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNotInstalled, err)
	}
	g := new(Group)
	for range nodes {
		addr, err := port.Free()
		if err != nil {
			return nil, err
		}
		g.listening = append(g.listening, addr)
	}
	if err := g.startMembers(dir, mode); err != nil {
		return nil, errors.Join(err, g.Stop())
	}
	if err := g.form(script); err != nil {
		return nil, errors.Join(err, g.Stop())
	}
	return g, nil
}

// startMembers starts servers that belong to no group yet.
func (g *Group) startMembers(dir string, mode Mode) error {
	var starting sync.WaitGroup
	g.Members = make([]*mariadb.Server, nodes)
	errs := make([]error, nodes)
	for n := range nodes {
		starting.Go(func() {
			options := g.options(n, mode)
			member, err := mariadb.StartMySQL(filepath.Join(dir, fmt.Sprintf("member%d", n+1)), options...)
			if err != nil {
				errs[n] = err
				return
			}
			// One that starts again takes no writes until it belongs to the group, as InnoDB Cluster has it.
			member.Reconfigure(append(options, "--super-read-only=ON")...)
			g.Members[n], errs[n] = member, member.Exec(asRecovery)
		})
	}
	starting.Wait()
	return errors.Join(errs...)
}

func (g *Group) options(n int, mode Mode) []string {
	options := []string{
		fmt.Sprintf("--server-id=%d", n+1),
		"--report-host=127.0.0.1",
		"--gtid-mode=ON",
		"--enforce-gtid-consistency=ON",
		"--plugin-load-add=group_replication.so",
		"--loose-group-replication-group-name=" + groupName,
		"--loose-group-replication-start-on-boot=OFF",
		"--loose-group-replication-local-address=" + g.listening[n],
		"--loose-group-replication-group-seeds=" + strings.Join(g.listening, ","),
		"--loose-group-replication-ip-allowlist=127.0.0.1/8",
		"--loose-group-replication-recovery-get-public-key=ON",
		"--loose-group-replication-autorejoin-tries=0",
		"--loose-group-replication-exit-state-action=READ_ONLY", // the default until MySQL 8.4, whose members refuse clients when they are expelled
	}
	if mode == MultiPrimary {
		options = append(options, "--loose-group-replication-single-primary-mode=OFF", "--loose-group-replication-enforce-update-everywhere-checks=ON")
	}
	return options
}

// form makes a group of the servers.
func (g *Group) form(script string) error {
	first := g.Members[0]
	if err := first.Exec("SET GLOBAL group_replication_bootstrap_group = ON", "START GROUP_REPLICATION", "SET GLOBAL group_replication_bootstrap_group = OFF"); err != nil {
		return err
	}
	if err := g.AwaitOnline(first); err != nil {
		return err
	}
	if err := load(first, recoveryUser+script); err != nil {
		return err
	}
	for _, member := range g.Members[1:] {
		if err := g.Join(member); err != nil {
			return err
		}
	}
	return nil
}

// Join lets a server that was started again, or was never a member, join the group. The group refuses it while it takes it for one that may yet come back.
func (g *Group) Join(member *mariadb.Server) (err error) {
	for deadline := time.Now().Add(joinsWithin); time.Now().Before(deadline); time.Sleep(500 * time.Millisecond) {
		if err = execAlone(member, "START GROUP_REPLICATION"); err == nil {
			return g.AwaitOnline(member)
		}
	}
	return fmt.Errorf("member on %s: %w; the end of its log:\n%s", member.Addr, err, tail(member))
}

// Return waits until a member that hung or was cut off is one as ever. If it was expelled meanwhile, it joins again.
func (g *Group) Return(member *mariadb.Server) error {
	for deadline := time.Now().Add(joinsWithin); time.Now().Before(deadline); time.Sleep(500 * time.Millisecond) {
		switch {
		case g.state(member) == expelled:
			return g.Rejoin(member)
		case g.isWhole():
			return nil
		}
	}
	return fmt.Errorf("member on %s is %q after %s; the end of its log:\n%s", member.Addr, g.state(member), joinsWithin, tail(member))
}

// AwaitWhole waits until all members see each other.
func (g *Group) AwaitWhole() error {
	for deadline := time.Now().Add(joinsWithin); time.Now().Before(deadline); time.Sleep(100 * time.Millisecond) {
		if g.isWhole() {
			return nil
		}
	}
	return fmt.Errorf("not all are members after %s", joinsWithin)
}

func (g *Group) isWhole() bool {
	for _, member := range g.Members {
		online := 0
		if err := look(member, "SELECT COUNT(*) FROM performance_schema.replication_group_members WHERE MEMBER_STATE = 'ONLINE'", &online); err != nil || online != nodes {
			return false
		}
	}
	return true
}

// Rejoin lets a member that was expelled, or has left, join again.
func (g *Group) Rejoin(member *mariadb.Server) error {
	if err := execAlone(member, "STOP GROUP_REPLICATION"); err != nil {
		return err
	}
	return g.Join(member)
}

// States of a member, as it says itself.
const (
	online   = "ONLINE"
	expelled = "ERROR"
)

// AwaitOnline waits until a member has what its group has.
func (g *Group) AwaitOnline(member *mariadb.Server) error { return g.await(member, online) }

// AwaitExpelled waits until a member has noticed that it is none any more.
func (g *Group) AwaitExpelled(member *mariadb.Server) error { return g.await(member, expelled) }

func (g *Group) await(member *mariadb.Server, expected string) error {
	for deadline := time.Now().Add(joinsWithin); time.Now().Before(deadline); time.Sleep(100 * time.Millisecond) {
		if g.state(member) == expected {
			return nil
		}
	}
	return fmt.Errorf("member on %s is %q after %s, expected %s; the end of its log:\n%s", member.Addr, g.state(member), joinsWithin, expected, tail(member))
}

// state is what a member says that it is; "" if it does not answer.
func (g *Group) state(member *mariadb.Server) (state string) {
	const own = "SELECT MEMBER_STATE FROM performance_schema.replication_group_members WHERE MEMBER_ID = @@server_uuid"
	if look(member, own, &state) != nil {
		return ""
	}
	return state
}

// look reads one value from a server that may not answer.
func look(server *mariadb.Server, query string, value any) error {
	db, err := sql.Open("mysql", server.DSN("root", "", "")+"?timeout=1s&readTimeout=2s")
	if err != nil {
		return err
	}
	defer db.Close()
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	return db.QueryRowContext(ctx, query).Scan(value)
}

// Primary is the member that takes writes and that a majority knows; in MultiPrimary one of them.
func (g *Group) Primary() (*mariadb.Server, error) {
	const majority = "SELECT MEMBER_PORT FROM performance_schema.replication_group_members WHERE MEMBER_ROLE = 'PRIMARY' AND MEMBER_STATE = 'ONLINE'" +
		" AND (SELECT 2 * SUM(MEMBER_STATE = 'ONLINE') > COUNT(*) FROM performance_schema.replication_group_members) LIMIT 1"
	var errs []error
	for _, asked := range g.Members {
		number := 0
		err := look(asked, majority, &number)
		for _, member := range g.Members {
			if err == nil && member.Addr == net.JoinHostPort("127.0.0.1", fmt.Sprint(number)) {
				return member, nil
			}
		}
		errs = append(errs, err)
	}
	return nil, fmt.Errorf("no member says who the primary is: %w", errors.Join(errs...))
}

// tail is the end of what a server printed.
func tail(server *mariadb.Server) string {
	log := server.Log()
	return log[max(0, len(log)-4000):]
}

// Stop ends all members. One that hangs, or waits for a majority, would not end by itself.
func (g *Group) Stop() error {
	var errs []error
	for _, member := range g.Members {
		if member != nil {
			errs = append(errs, member.Kill())
		}
	}
	return errors.Join(errs...)
}
