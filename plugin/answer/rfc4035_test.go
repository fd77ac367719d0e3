package answer_test

import "testing"

// RFC 4035, 3.1.4.1: a DS belongs to the parent's side of a zone cut.
func TestRFC4035DS(t *testing.T) {
	table{origin: "example.", rows: start + `
		@              NS     ns
		@              DS     9 8 2 09
		ns             A      192.0.2.53
		host           A      192.0.2.1
		else           NS     ns.else
		else           DS     1 8 2 01
		ns.else        A      192.0.2.2
		deep.else      DS     2 8 2 02
		insecure       NS     ns
		aliasds        CNAME  child
		$ORIGIN child.example.
		@              SOA    ns hostmaster 2 7200 900 1209600 60
		@              NS     ns
		@              DS     3 8 2 03
		@              DNSKEY 257 3 8 AwEAAQ==
		ns             A      192.0.2.3
		$ORIGIN unsigned.example.
		@              SOA    ns hostmaster 3 7200 900 1209600 60
		@              NS     ns.example.
		$ORIGIN grand.child.example.
		@              SOA    ns hostmaster 4 7200 900 1209600 60
		@              NS     ns.example.
		@              DS     4 8 2 04
		`, asks: []ask{
		{
			fact:     "the parent answers the DS of a zone in the same table",
			question: "child DS",
			head:     "positive aa in example.",
			answer:   `child DS 3 8 2 03`,
		},
		{
			fact:      "the parent denies the DS of an unsigned zone in the same table",
			question:  "unsigned DS",
			head:      "nodata aa in example.",
			authority: denial,
		},
		{
			fact:     "the child answers everything else at its apex",
			question: "child DNSKEY",
			head:     "positive aa in child.example.",
			answer:   `child DNSKEY 257 3 8 AwEAAQ==`,
		},
		{
			fact:      "the child denies what is not at its apex",
			question:  "child TXT",
			head:      "nodata aa in child.example.",
			authority: `child 60 SOA ns.child hostmaster.child 2 7200 900 1209600 60`,
		},
		{
			fact:     "all types at the child's apex are the child's, without the DS",
			question: "child ANY",
			head:     "positive aa in child.example.",
			answer: `
				child SOA    ns.child hostmaster.child 2 7200 900 1209600 60
				child NS     ns.child
				child DNSKEY 257 3 8 AwEAAQ==`,
			additional: `ns.child A 192.0.2.3`,
		},
		{
			fact:     "the DS of a grandchild is the child's",
			question: "grand.child DS",
			head:     "positive aa in child.example.",
			answer:   `grand.child DS 4 8 2 04`,
		},
		{
			fact:     "the DS of a delegated zone that is not in the table",
			question: "else DS",
			head:     "positive aa in example.",
			answer:   `else DS 1 8 2 01`,
		},
		{
			fact:      "no DS of a delegated zone that is not in the table",
			question:  "insecure DS",
			head:      "nodata aa in example.",
			authority: denial,
		},
		{
			fact:     "a DS below a cut is the other zone's",
			question: "deep.else DS",
			head:     "referral in example.",
			authority: `
				else NS ns.else
				else DS 1 8 2 01`,
			additional: `ns.else A 192.0.2.2`,
		},
		{
			fact:     "a referral has the DS of the cut",
			question: "www.else A",
			head:     "referral in example.",
			authority: `
				else NS ns.else
				else DS 1 8 2 01`,
			additional: `ns.else A 192.0.2.2`,
		},
		{
			fact:       "a referral to an unsigned zone",
			question:   "www.insecure A",
			head:       "referral in example.",
			authority:  `insecure NS ns`,
			additional: `ns A 192.0.2.53`,
		},
		{
			fact:      "a name that is no zone cut has no DS",
			question:  "host DS",
			head:      "nodata aa in example.",
			authority: denial,
		},
		{
			fact:      "a zone whose parent is not in the table denies its own DS",
			question:  "@ DS",
			head:      "nodata aa in example.",
			authority: denial,
		},
		{
			fact:     "an alias to the apex of a child, asked for a DS",
			question: "aliasds DS",
			head:     "positive aa in example.",
			answer: `
				aliasds CNAME child
				child   DS    3 8 2 03`,
		},
	}}.run(t)

	table{origin: ".", rows: start + "@ DS 1 8 2 01\n", asks: []ask{{
		fact:      "the root has no parent to have its DS",
		question:  ". DS",
		head:      "nodata aa in .",
		authority: denial,
	}}}.run(t)
}
