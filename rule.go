package mysqldns

import (
	"fmt"
	"strings"

	"github.com/mysqldns/mysqldns/plugin/record"
	"github.com/mysqldns/mysqldns/plugin/update"

	"github.com/coredns/coredns/plugin"
)

// parseRule reads the arguments of the property update: KEY NAME [TYPE...].
func parseRule(args []string) (update.Rule, error) {
	r := update.Rule{Key: plugin.Name(args[0]).Normalize()} // as the tsig plugin has it
	if _, err := record.Owner(r.Key); err != nil || strings.Trim(args[0], "*@.") == "" {
		return r, fmt.Errorf("%q is not the name of a TSIG key", args[0])
	}
	name := args[1]
	if name == "*" {
		name = "*."
	}
	name, r.Below = strings.CutPrefix(name, "*.")
	if r.Below && name == "" {
		name = "."
	}
	var err error
	if r.Name, err = record.Owner(name); err != nil || name == "" || name == "@" {
		return r, fmt.Errorf("%q is not a name: expected NAME, or *.NAME for all names below it", args[1])
	}
	for _, arg := range args[2:] {
		rrtype, err := record.Type(arg)
		if err != nil {
			return r, fmt.Errorf("%q is not a record type: expected types such as A, TXT or TYPE65280", arg)
		}
		r.Types = append(r.Types, rrtype)
	}
	return r, nil
}
