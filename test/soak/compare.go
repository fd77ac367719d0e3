package main

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/miekg/dns"
)

// compare asks for every name after the last change. What differs from the table, and goes on to, is a lost change.
func (c *churn) compare() error {
	if err := c.compareTable(); err != nil {
		return err
	}
	all := c.everyQuestion()
	c.load.Compared = len(all)
	for range finalPasses { // some are lost on the way, and a list may be under way
		var why []string
		var err error
		if all, why, err = c.differing(all); err != nil {
			return err
		}
		c.load.Differing = why
		if len(all) == 0 {
			break
		}
	}
	c.load.Lost = len(all)
	m, err := scrape(c.Ctx, c.metricsAddr)
	if err != nil {
		return err
	}
	c.load.Drift = m.sample(0).Drift
	c.load.Warnings = warnings(c.server.Log())
	return c.Ctx.Err()
}

// compareTable makes sure that the table is what the answers were judged by.
func (c *churn) compareTable() error {
	rows, err := c.DB.Pool.QueryContext(c.Ctx, "SELECT name, type, ttl, record FROM tb_dns WHERE name LIKE 'here%' OR name LIKE 'away%'")
	if err != nil {
		return err
	}
	defer rows.Close()
	has := map[string]string{}
	for rows.Next() {
		var name, rrtype, record string
		var ttl uint32
		if err := rows.Scan(&name, &rrtype, &ttl, &record); err != nil {
			return err
		}
		has[name] += fmt.Sprintf("%d %s %s;", ttl, rrtype, record)
	}
	if err := rows.Err(); err != nil {
		return err
	}
	wants := 0
	for _, g := range c.guests {
		row, version := g.last()
		if row.place == nowhereAtAll {
			continue
		}
		wants++
		want := fmt.Sprintf("%d %s %s;", row.ttl, dns.TypeToString[row.rtype], g.record(row.rtype, row.value))
		if got := has[g.name(row.place)]; got != want {
			return fmt.Errorf("the table has %q for %s, and was to have %q (version %d): the run cannot judge answers", got, g.name(row.place), want, version)
		}
	}
	if wants != len(has) {
		return fmt.Errorf("the table has rows for %d of the names that change, and was to have %d: the run cannot judge answers", len(has), wants)
	}
	return nil
}

// everyQuestion is one for each host, and one for each name and type that a guest may have had.
func (c *churn) everyQuestion() (all []question) {
	for i := range c.names {
		all = append(all, hostQuestion(i))
	}
	for _, g := range c.guests {
		for _, place := range []place{here, away} {
			for _, qtype := range guestTypes {
				all = append(all, question{guest: g, number: g.number, place: place, qtype: qtype})
			}
		}
	}
	return all
}

// differing asks questions, and returns those whose answer does not come or is not what the table has now, some of them in words.
func (c *churn) differing(all []question) (differ []question, why []string, err error) {
	var mu sync.Mutex
	note := func(q *question, text string) {
		mu.Lock()
		defer mu.Unlock()
		differ = append(differ, *q)
		if len(why) < mostSamples {
			why = append(why, fmt.Sprintf("%s %s", q, text))
		}
	}
	asking := &client{
		watch:      c.watch,
		unanswered: func(q *question) { note(q, "is not answered") },
		answered: func(_ time.Duration, q *question, packet []byte, v verdict, _ time.Duration) {
			if v.kind != right || v.late > 0 {
				note(q, fmt.Sprintf("is %s. Expected: %s", inWords(packet), v.expect))
			}
		},
	}
	if err := asking.dial(c.server.Addr); err != nil {
		return nil, nil, err
	}
	asking.runThrough(c.Ctx, func() (q question, more bool) {
		if len(all) == 0 {
			return q, false
		}
		q, all = all[0], all[1:]
		return q, true
	})
	asking.finish()
	return differ, slices.Clip(why), nil
}

// warnings are the lines of a log that tell of something out of the ordinary.
func warnings(log string) (all []string) {
	for line := range strings.Lines(log) {
		for _, sign := range []string{"[WARNING]", "[ERROR]", "[PANIC]", "listing the whole table again"} {
			if strings.Contains(line, sign) {
				all = append(all, strings.TrimSpace(line))
				break
			}
		}
	}
	return all
}

// tail is the last lines of a log.
func tail(log string) string {
	lines := strings.Split(strings.TrimSpace(log), "\n")
	return strings.Join(lines[max(0, len(lines)-20):], "\n")
}
