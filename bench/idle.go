package main

import "time"

// idle is what MariaDB does while no row changes: without a reader, and with one mysqldns.
type idle struct{ Without, With activity }

// activity is of one second.
type activity struct {
	Queries float64
	CPU     float64 // milliseconds
}

func (b *bench) measureIdle() error {
	var i idle
	var err error
	if i.Without, err = b.watchDatabase(); err != nil {
		return err
	}
	p, err := b.startCoreDNS(mysqldnsBlock(b.db.dsn()), hostName(0))
	if err != nil {
		return err
	}
	defer p.stop()
	time.Sleep(2 * time.Second) // for the list to be over
	if i.With, err = b.watchDatabase(); err != nil {
		return err
	}
	b.results.Idle = &i
	b.progress.note("%.1f queries/s and %.2f ms of CPU a second (%.1f and %.2f without mysqldns)", i.With.Queries, i.With.CPU, i.Without.Queries, i.Without.CPU)
	return nil
}

// watchDatabase looks at MariaDB at the beginning and at the end of a while.
func (b *bench) watchDatabase() (a activity, err error) {
	pid, err := b.db.pid()
	if err != nil {
		return a, err
	}
	queries, err := b.questions()
	if err != nil {
		return a, err
	}
	cpu, err := cpuTime(pid)
	if err != nil {
		return a, err
	}
	begun := time.Now()
	time.Sleep(b.watch)
	after, err := cpuTime(pid)
	if err != nil {
		return a, err
	}
	seconds := time.Since(begun).Seconds()
	asked, err := b.questions()
	if err != nil {
		return a, err
	}
	return activity{float64(asked-queries-1) / seconds, milliseconds(after-cpu) / seconds}, nil // one was ours
}

// questions is how many statements MariaDB has been sent.
func (b *bench) questions() (n int64, err error) {
	var variable string
	err = b.db.pool.QueryRowContext(b.ctx, "SHOW GLOBAL STATUS LIKE 'Questions'").Scan(&variable, &n)
	return n, err
}
