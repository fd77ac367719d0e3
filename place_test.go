package mysqldns

import (
	"strings"
	"testing"
)

func TestMisplaced(t *testing.T) {
	for order, wrong := range map[string]bool{
		"errors cache mysqldns hosts file forward": false,
		"errors cache hosts mysqldns forward":      false,
		"errors cache hosts file forward mysqldns": true, // as COREDNS_PLUGINS has it
		"mysqldns whoami":                          false,
	} {
		if said := misplaced(strings.Fields(order)); (said != "") != wrong {
			t.Errorf("%s: %q", order, said)
		}
	}
}
