package textforms

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/mysqldns/mysqldns/internal/master"
	"github.com/mysqldns/mysqldns/plugin/record"
	"github.com/mysqldns/mysqldns/plugin/wire"
	"github.com/mysqldns/mysqldns/test/port"

	"github.com/miekg/dns"
)

const (
	apex = "forms.example."
	head = "$TTL 300\n$ORIGIN " + apex + "\n@ IN SOA ns1 h 1 1h 30m 1w2d 300\n@ IN NS ns1\nns1 IN A 192.0.2.1\n"
)

// data is the type and the RDATA of a record.
type data struct {
	rrtype uint16
	octets string
}

// folded is it with the names in lower case, as Knot keeps them.
func (d data) folded() data {
	return data{d.rrtype, string(wire.Canonical(d.rrtype, []byte(d.octets)))}
}

// rdata is the RDATA of the records of a zone, by owner name in lower case.
type rdata map[string]data

// missing lists the programs that are not installed.
func missing() (all []string) {
	for _, program := range []string{"named-compilezone", "knotd", "dig"} {
		if _, err := find(program); err != nil {
			all = append(all, program)
		}
	}
	return all
}

func find(program string) (string, error) {
	if path, err := exec.LookPath(program); err == nil {
		return path, nil
	}
	return exec.LookPath(filepath.Join("/usr/sbin", program))
}

// bind has BIND write a zone in another format: text or raw.
func bind(ctx context.Context, dir, zone, format string) ([]byte, error) {
	program, err := find("named-compilezone")
	if err != nil {
		return nil, err
	}
	in, out := filepath.Join(dir, "in"), filepath.Join(dir, "out")
	if err := os.WriteFile(in, []byte(zone), 0o600); err != nil {
		return nil, err
	}
	os.Remove(out)
	said, err := exec.CommandContext(ctx, program, "-i", "none", "-k", "ignore", "-n", "ignore", "-r", "ignore", "-F", format, "-o", out, apex, in).CombinedOutput()
	if err != nil {
		return nil, fmt.Errorf("named-compilezone: %w\n%s\n%s", err, said, blamed(zone, string(said)))
	}
	return os.ReadFile(out)
}

// blamed are the lines of a zone that an error is about.
func blamed(zone, said string) string {
	lines := strings.Split(zone, "\n")
	var all []string
	for _, found := range regexp.MustCompile(`(?:in:|, line )(\d+)(?:: (?:near|type|out|unexp|bad|not|FORM|unk)| \()`).FindAllStringSubmatch(said, 20) {
		n, _ := strconv.Atoi(found[1])
		all = append(all, strings.Join(lines[max(0, n-2):min(n, len(lines))], "\n"))
	}
	return strings.Join(all, "\n--\n")
}

// readRaw reads the raw format of BIND: a header, then each RRset with its length before it (lib/dns/masterdump.c).
func readRaw(raw []byte) (rdata, error) {
	all := rdata{}
	const header = 12 + 12
	if len(raw) < header || binary.BigEndian.Uint32(raw) != 2 || binary.BigEndian.Uint32(raw[4:]) != 1 {
		return nil, errors.New("not BIND's raw format, version 1")
	}
	for raw = raw[header:]; len(raw) > 0; {
		length := binary.BigEndian.Uint32(raw)
		set := raw[4:length]
		raw = raw[length:]
		rrtype := binary.BigEndian.Uint16(set[2:])
		count := binary.BigEndian.Uint32(set[2+2+2+4:])
		set = set[14:]
		nameSize := binary.BigEndian.Uint16(set)
		name, _, err := dns.UnpackDomainName(set[2:2+nameSize], 0)
		if err != nil {
			return nil, err
		}
		set = set[2+nameSize:]
		for range count {
			size := binary.BigEndian.Uint16(set)
			all[strings.ToLower(name)] = data{rrtype, string(set[2 : 2+size])}
			set = set[2+size:]
		}
	}
	return all, nil
}

// knot has Knot load a zone and transfer it, to dig, which prints octets (unknownformat) or text.
func knot(ctx context.Context, dir, zone string) (octets, text string, err error) {
	program, err := find("knotd")
	if err != nil {
		return "", "", err
	}
	dir, err = os.MkdirTemp(dir, "knot-")
	if err != nil {
		return "", "", err
	}
	addr, err := port.Free()
	if err != nil {
		return "", "", err
	}
	_, number, _ := strings.Cut(addr, ":")
	config := fmt.Sprintf(`server:
    rundir: "%[2]s"
    listen: 127.0.0.1@%[1]s
    udp-workers: 1
    tcp-workers: 1
    background-workers: 1
control:
    listen: "%[2]s/knot.sock"
database:
    storage: "%[2]s/db"
    journal-db-max-size: 16M
log:
  - target: stderr
    any: warning
acl:
  - id: all
    address: 127.0.0.1
    action: transfer
template:
  - id: default
    storage: "%[2]s"
    semantic-checks: soft
    journal-content: none
    zonefile-load: whole
    zonefile-sync: -1
    acl: all
zone:
  - domain: %[3]s
    file: zone
`, number, dir, apex)
	if err := errors.Join(os.WriteFile(filepath.Join(dir, "zone"), []byte(zone), 0o600), os.WriteFile(filepath.Join(dir, "conf"), []byte(config), 0o600)); err != nil {
		return "", "", err
	}
	var said bytes.Buffer
	running, stop := context.WithCancel(ctx)
	server := exec.CommandContext(running, program, "-c", filepath.Join(dir, "conf"))
	server.Stdout, server.Stderr = &said, &said
	if err := server.Start(); err != nil {
		stop()
		return "", "", err
	}
	defer func() {
		stop()
		_ = server.Wait()
	}()
	transfer := func(option string) string {
		out, _ := exec.CommandContext(ctx, "dig", "@127.0.0.1", "-p", number, apex, "AXFR", "+onesoa", "+nocomments", "+nosplit", "+time=5", "+tries=1", option).Output()
		return string(out)
	}
	for ctx.Err() == nil {
		if said := transfer("+unknownformat"); said != "" {
			octets = said
		}
		if strings.Contains(octets, "TYPE6") {
			return octets, transfer("+nounknownformat"), nil
		}
		select { // until the server answers
		case <-ctx.Done():
		case <-time.After(100 * time.Millisecond):
		}
	}
	return "", "", fmt.Errorf("knotd does not transfer the zone: %w\n%s\n%s", ctx.Err(), said.String(), blamed(zone, said.String())+octets)
}

// ours is what mysqldns reads.
func ours(zone string) (rdata, error) {
	all := rdata{}
	r := master.NewReader(strings.NewReader(zone), "zone", master.Options{Origin: apex, TTL: 300})
	for r.Next() {
		octets, err := octetsOf(r.RR())
		if err != nil {
			return nil, err
		}
		all[strings.ToLower(r.RR().Header().Name)] = data{r.RR().Header().Rrtype, string(octets)}
	}
	return all, r.Err()
}

// octetsOf is the RDATA of a record.
func octetsOf(rr dns.RR) ([]byte, error) {
	buf := make([]byte, 1<<16)
	end, err := dns.PackRR(rr, buf, 0, nil, false)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", rr, err)
	}
	return buf[end-int(rr.Header().Rdlength) : end], nil
}

// written is a zone as mysqldns writes it: all records in the form of their types, or only those that Knot reads.
func written(zone string, take func(owner string) bool) (string, error) {
	var b strings.Builder
	r := master.NewReader(strings.NewReader(zone), "zone", master.Options{Origin: apex, TTL: 300})
	for r.Next() {
		h := r.RR().Header()
		if take(strings.ToLower(h.Name)) {
			fmt.Fprintf(&b, "%s\t%d\tIN\t%s\t%s\n", record.AppendTextName(nil, h.Name), h.Ttl, record.TypeName(h.Rrtype), record.Text(r.RR()))
		}
	}
	return b.String(), r.Err()
}

// exported is a zone as the tool exports it.
func exported(zone string) (string, error) {
	var b []byte
	r := master.NewReader(strings.NewReader(zone), "zone", master.Options{Origin: apex, TTL: 300})
	for r.Next() {
		h := r.RR().Header()
		octets, err := octetsOf(r.RR())
		if err != nil {
			return "", err
		}
		b = master.AppendLine(b, h.Name, h.Rrtype, h.Ttl, octets)
	}
	return string(b), r.Err()
}
