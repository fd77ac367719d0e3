package main

import (
	"fmt"
	"math"
	"slices"
	"sync"
	"time"

	"github.com/mysqldns/mysqldns/test/lab"
)

// tally counts answers. Its methods are for concurrent use, its fields for when counting has ended.
type tally struct {
	mu sync.Mutex
	counts
	took    histogram // from when a question should have been sent to its answer
	samples []string  // of what was not right, in words

	since  counts // since the last cut
	recent histogram
}

// counts are of questions. A wrong answer is not counted as late.
type counts struct {
	Answered, Unanswered int
	Wrong, Backwards     int
	Reverted             int     // that went backwards and were older than allowed, too
	Late                 int     // older than allowed, and not backwards
	Oldest               float64 // milliseconds, of those
}

const mostSamples = 20

// answered counts an answer and how long it took.
func (t *tally) answered(at time.Duration, q *question, packet []byte, v verdict, took time.Duration) {
	t.mu.Lock()
	t.recent.add(took)
	t.since.Answered++
	t.mu.Unlock()
	t.judged(at, q, packet, v)
}

// judged counts what is not right with an answer.
func (t *tally) judged(at time.Duration, q *question, packet []byte, v verdict) {
	if v.kind == right && v.late == 0 {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	switch v.kind {
	case wrong:
		t.since.Wrong++
		t.sample("wrong", at, q, packet, v)
	case backwards:
		t.since.Backwards++
		if v.late > 0 {
			t.since.Reverted++
		}
		t.sample("backwards", at, q, packet, v)
	case right:
		t.since.Late++
		t.since.Oldest = max(t.since.Oldest, lab.Milliseconds(v.late))
	}
}

func (t *tally) unanswered(*question) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.since.Unanswered++
}

func (t *tally) sample(what string, at time.Duration, q *question, packet []byte, v verdict) {
	if len(t.samples) < mostSamples {
		t.samples = append(t.samples, fmt.Sprintf("%s, %.3f s: %s is %s. Expected: %s", what, at.Seconds(), q, inWords(packet), v.expect))
	}
}

// cut returns what was counted since the last cut.
func (t *tally) cut() (counts, histogram) {
	t.mu.Lock()
	defer t.mu.Unlock()
	since, recent := t.since, t.recent
	t.since, t.recent = counts{}, histogram{}
	t.counts.add(since)
	t.took.merge(&recent)
	return since, recent
}

func (c *counts) add(more counts) {
	c.Answered += more.Answered
	c.Unanswered += more.Unanswered
	c.Wrong += more.Wrong
	c.Backwards += more.Backwards
	c.Reverted += more.Reverted
	c.Late += more.Late
	c.Oldest = max(c.Oldest, more.Oldest)
}

// histogram counts durations in steps of 2 %.
type histogram struct {
	counts [32 * 26]uint32 // 26 doublings of a microsecond are a minute
	total  int
	most   time.Duration
}

const stepsPerDoubling = 32

func (h *histogram) add(d time.Duration) {
	step := 0
	if us := float64(d) / float64(time.Microsecond); us > 1 {
		step = min(int(stepsPerDoubling*math.Log2(us))+1, len(h.counts)-1)
	}
	h.counts[step]++
	h.total++
	h.most = max(h.most, d)
}

func (h *histogram) merge(more *histogram) {
	for step, n := range more.counts {
		h.counts[step] += n
	}
	h.total += more.total
	h.most = max(h.most, more.most)
}

// percentile is in milliseconds: the upper end of the step, so never too small. Of nothing it is 0.
func (h *histogram) percentile(percent float64) float64 {
	if h.total == 0 {
		return 0
	}
	rest := int(math.Ceil(float64(h.total) * percent / 100))
	step := slices.IndexFunc(h.counts[:], func(n uint32) bool {
		rest -= int(n)
		return rest <= 0
	})
	return min(math.Exp2(float64(step)/stepsPerDoubling)/1000, lab.Milliseconds(h.most))
}
