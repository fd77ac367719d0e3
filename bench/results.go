package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/mysqldns/mysqldns/test/lab"
)

// results are all figures of a run.
type results struct {
	When     time.Time
	Quick    bool
	Machine  lab.Machine
	QPS      []qps
	Contests []contest
	Serve    []serves
	Start    []starts
	Resident []resident
	Latency  []latency
	Idle     *idle
	Far      []far
}

// write prints the table, and writes it with the plots and all figures to a folder.
func (r *results) write(dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	table := r.table()
	fmt.Println(table)
	if err := os.WriteFile(filepath.Join(dir, "table.md"), []byte(table), 0o644); err != nil {
		return err
	}
	var all bytes.Buffer
	if err := json.NewEncoder(&all).Encode(r); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(dir, "results.json"), all.Bytes(), 0o644); err != nil {
		return err
	}
	if len(r.QPS) == 0 || len(r.Serve) == 0 || len(r.Latency) == 0 {
		return nil // a part alone, of -only, has no plots
	}
	return r.plot(dir)
}

// redrawn writes the table and the plots of a run again from its figures.
func redrawn(dir string) error {
	text, err := os.ReadFile(filepath.Join(dir, "results.json"))
	if err != nil {
		return err
	}
	var r results
	if err := json.Unmarshal(text, &r); err != nil {
		return fmt.Errorf("%s: %w", filepath.Join(dir, "results.json"), err)
	}
	return r.write(dir)
}
