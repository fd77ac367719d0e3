package follow

import (
	"strings"
	"sync"
	"sync/atomic"
)

// spellings are ways in which owner names are spelled that a search for the owner name would not find. There may be very many of one name. One
// goroutine writes them, any may read.
type spellings struct {
	forms atomic.Uint32 // in which the table and its log have names
	mu    sync.RWMutex
	of    map[string][]string // owner name -> its spellings
	known map[string]bool     // all of them
}

func newSpellings() *spellings {
	return &spellings{of: map[string][]string{}, known: map[string]bool{}}
}

func (s *spellings) note(owner, spelling string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.known[spelling] {
		s.known[spelling] = true
		s.of[owner] = append(s.of[owner], spelling)
	}
}

// Forms of names, as bits.
const (
	withoutDot uint32 = 1 << iota // at the end
	withDot
	bothForms = withoutDot | withDot
)

func formOf(name string) uint32 {
	if strings.HasSuffix(name, ".") {
		return withDot
	}
	return withoutDot
}

// noteForm notes in which form a name is.
func (s *spellings) noteForm(name string) {
	if form := formOf(name); s.forms.Load()&form == 0 {
		s.forms.Or(form)
	}
}

// hasForm reports whether there may be names in the form that a name is in.
func (s *spellings) hasForm(name string) bool { return s.forms.Load()&formOf(name) != 0 }

// hasBothForms reports whether there are names in both forms.
func (s *spellings) hasBothForms() bool { return s.forms.Load() == bothForms }

// unusual lists those of an owner name. The caller does not change them.
func (s *spellings) unusual(owner string) []string {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.of[owner]
}

// all lists how rows of an owner name may spell it.
func (s *spellings) all(owner string) []string {
	return append([]string{owner, strings.TrimSuffix(owner, ".")}, s.unusual(owner)...)
}

// unusual is how a row spells its owner name, if a search for that, with or without the final dot, would not find the row.
func unusual(raw, owner string, caseSensitive bool) (spelling string, ok bool) {
	spelling = raw
	if !caseSensitive {
		spelling = strings.ToLower(raw)
	}
	return spelling, spelling != owner && spelling != strings.TrimSuffix(owner, ".")
}
