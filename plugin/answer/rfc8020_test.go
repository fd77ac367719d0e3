package answer_test

import "testing"

// RFC 8020: NXDOMAIN means that nothing is below, so a name with something below it is NODATA.
func TestRFC8020(t *testing.T) {
	table{origin: "example.", rows: start + `
		a.b.c.ent  A  192.0.2.1
		sub        NS ns.x.sub
		ns.x.sub   A  192.0.2.2
		$ORIGIN deep.zone.example.
		@          SOA ns hostmaster 1 7200 900 1209600 300
		`, asks: []ask{
		{fact: "one label above a record", question: "b.c.ent A", head: "nodata aa in example.", authority: denial},
		{fact: "two labels above a record", question: "c.ent A", head: "nodata aa in example.", authority: denial},
		{fact: "three labels above a record", question: "ent ANY", head: "nodata aa in example.", authority: denial},
		{fact: "above a zone of its own", question: "zone A", head: "nodata aa in example.", authority: denial},
		{fact: "beside a record", question: "x.b.c.ent A", head: "nxdomain aa in example.", authority: denial},
		{fact: "below a record", question: "x.a.b.c.ent A", head: "nxdomain aa in example.", authority: denial},
		{fact: "a name that begins as another does", question: "en A", head: "nxdomain aa in example.", authority: denial},
		{
			fact:       "above glue is below the cut",
			question:   "x.sub A",
			head:       "referral in example.",
			authority:  `sub NS ns.x.sub`,
			additional: `ns.x.sub A 192.0.2.2`,
		},
	}}.run(t)
}
