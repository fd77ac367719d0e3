package differential

import (
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"slices"
	"sync"
	"time"

	"github.com/miekg/dns"
)

// Run compares the answers of a subject with those of the references.
type Run struct {
	Load  func([]Table) (Subject, error) // makes the subject answer from these tables and from nothing else
	Seed  uint64                         // of the choice of questions
	Limit int                            // questions a table; 0 is all
	Least int                            // references that have to serve a table
	Dir   string                         // for files

	Report
}

const (
	startTime = 60 * time.Second // for a reference, on a busy machine
	chunk     = 16               // tables whose questions are asked together
)

// Tables compares the answers from tables; none may be above another.
func (r *Run) Tables(tables []Table) error {
	dir, err := os.MkdirTemp(r.Dir, "")
	if err != nil {
		return err
	}
	split := splitter{}
	for _, t := range tables {
		maps.Copy(split, t.split())
	}
	zones := split.sorted()
	refs, err := Start(dir, zones)
	if err != nil {
		return err
	}
	defer Stop(refs)
	subject, err := r.Load(tables)
	if err != nil {
		return err
	}
	refused, err := settle(refs, zones)
	if err != nil {
		return err
	}
	for some := range slices.Chunk(tables, chunk) {
		if err := r.compare(some, split, refs, refused, subject); err != nil {
			return err
		}
	}
	return nil
}

// settle waits until the references are ready, and returns for each apex the names of those that refuse it.
func settle(refs []*Reference, zones []Zone) (map[string][]string, error) {
	deadline := time.Now().Add(startTime)
	apexes, errs := make([][]string, len(refs)), make([]error, len(refs))
	var wg sync.WaitGroup
	for i, ref := range refs {
		wg.Go(func() { apexes[i], errs[i] = ref.Settle(zones, deadline) })
	}
	wg.Wait()
	refused := map[string][]string{}
	for i, ref := range refs {
		for _, apex := range apexes[i] {
			refused[apex] = append(refused[apex], ref.Name)
		}
	}
	return refused, errors.Join(errs...)
}

// asked is the questions about one table, and who answers them.
type asked struct {
	table     Table
	refs      []*Reference
	questions []dns.Question
}

// compare asks everybody about some tables.
func (r *Run) compare(tables []Table, zones splitter, refs []*Reference, refused map[string][]string, subject Subject) error {
	var all []asked
	var questions []dns.Question
	for _, t := range tables {
		a := asked{table: t, refs: serving(t, refs, refused)}
		if len(a.refs) < len(refs) {
			r.Refused++
		}
		if len(a.refs) < r.Least {
			r.Dropped++
			continue
		}
		r.Report.Tables++
		a.questions = Questions(t, rand.New(rand.NewPCG(r.Seed, uint64(r.Report.Tables))), r.Limit)
		all, questions = append(all, a), append(questions, a.questions...)
	}
	replies, err := askEach(append([]Subject{subject}, subjects(refs)...), questions)
	if err != nil {
		return err
	}
	i := 0
	for _, a := range all {
		for _, q := range a.questions {
			e := exchange{table: a.table, q: q}
			for _, ref := range a.refs {
				e.names, e.replies = append(e.names, ref.Name), append(e.replies, Normal(replies[ref][i]))
			}
			e.names, e.replies = append(e.names, "ours"), append(e.replies, Normal(replies[subject][i]))
			if err := r.join(&e, a, zones, func(ref *Reference) *dns.Msg { return replies[ref][i] }); err != nil {
				return err
			}
			r.add(e)
			i++
		}
	}
	return nil
}

// serving lists the references that serve all zones of a table.
func serving(t Table, refs []*Reference, refused map[string][]string) []*Reference {
	zones := t.Zones()
	return slices.DeleteFunc(slices.Clone(refs), func(ref *Reference) bool {
		return slices.ContainsFunc(zones, func(z Zone) bool { return slices.Contains(refused[z.Apex], ref.Name) })
	})
}

func subjects(refs []*Reference) []Subject {
	var all []Subject
	for _, ref := range refs {
		all = append(all, ref)
	}
	return all
}

// askEach asks all questions of each server, of all at the same time.
func askEach(servers []Subject, questions []dns.Question) (map[Subject][]*dns.Msg, error) {
	replies := make([][]*dns.Msg, len(servers))
	errs := make([]error, len(servers))
	var wg sync.WaitGroup
	for i, s := range servers {
		wg.Go(func() { replies[i], errs[i] = askAll(s, questions) })
	}
	wg.Wait()
	of := map[Subject][]*dns.Msg{}
	for i, s := range servers {
		of[s] = replies[i]
	}
	return of, errors.Join(errs...)
}

// join asks on where that makes the references agree.
func (r *Run) join(e *exchange, a asked, zones splitter, reply func(*Reference) *dns.Msg) error {
	if _, ok := e.expected(); ok || len(zones) == 1 {
		return nil
	}
	for i, ref := range a.refs {
		if ref.crosses {
			continue
		}
		m, err := zones.askOn(ref, e.q, reply(ref))
		if err != nil {
			return fmt.Errorf("%s: %w", ref.Name, err)
		}
		e.replies[i] = Normal(m)
	}
	if _, ok := e.expected(); ok {
		r.Joined++
	}
	return nil
}
