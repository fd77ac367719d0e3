package main

import (
	"fmt"
	"time"

	"github.com/mysqldns/mysqldns/test/lab"
)

// resident is the resident memory of two CoreDNS processes, in bytes.
type resident struct {
	Names           int
	Empty, EmptyTop int64 // with an empty table, at the end and at the most
	Full, FullTop   int64
}

// measureResident starts CoreDNS with the table and with an empty one, and waits until what the list took has been given back.
func (b *bench) measureResident(names int) error {
	err := b.DB.Exec("DROP TABLE IF EXISTS tb_empty, tb_empty_changes; CREATE TABLE tb_empty LIKE tb_dns; CREATE TABLE tb_empty_changes LIKE tb_dns_changes;" +
		fmt.Sprintf("INSERT INTO tb_empty (name, type, record) VALUES ('%s', 'A', '192.0.2.1')", lab.Origin))
	if err != nil {
		return err
	}
	empty, err := b.startCoreDNS(b.CoreDNS, mysqldnsBlock(b.DB.DSN(), "table tb_empty"), lab.Origin)
	if err != nil {
		return err
	}
	defer empty.stop()
	full, err := b.startCoreDNS(b.CoreDNS, mysqldnsBlock(b.DB.DSN()), lab.HostName(0))
	if err != nil {
		return err
	}
	defer full.stop()
	select {
	case <-time.After(b.settle):
	case <-b.Ctx.Done():
		return b.Ctx.Err()
	}
	r := resident{Names: names}
	if r.Empty, r.EmptyTop, err = empty.resident(); err != nil {
		return err
	}
	if r.Full, r.FullTop, err = full.resident(); err != nil {
		return err
	}
	b.results.Resident = append(b.results.Resident, r)
	b.Progress.Note("%.0f MB with an empty table, %.0f MB with this one (at most %.0f MB)", megabytes(r.Empty), megabytes(r.Full), megabytes(r.FullTop))
	return nil
}

func megabytes(n int64) float64 { return float64(n) / 1e6 }
