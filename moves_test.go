package mysqldns

import (
	"slices"
	"testing"

	"github.com/mysqldns/mysqldns/plugin/zonedb"

	"github.com/miekg/dns"
)

// Whoever wants all names of the last state looked at again gets that, and never an older one, from which the way to the next would lack names.
func TestMovesNeverGoBack(t *testing.T) {
	db := zonedb.New()
	m := newMoves()
	m.anyName()
	if after, _, _ := m.take(); after != nil {
		t.Error("there is a state before the first")
	}
	first := db.View()
	m.add(nil, first, nil)
	db.Apply(map[string][]dns.RR{"a.": nil})
	second := db.View()
	m.add(first, second, []string{"a."})
	m.take()
	m.anyName()
	if after, _, ok := m.take(); after != second || ok {
		t.Errorf("the last state is not looked at again (only some names: %t)", ok)
	}
	m.add(second, db.View(), []string{"b."})
	if after, names, ok := m.take(); after == nil || !ok || !slices.Equal(names, []string{"b."}) {
		t.Errorf("names %q, only these: %t", names, ok)
	}
}
