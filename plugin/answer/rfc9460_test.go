package answer_test

import "testing"

// RFC 9460: the targets of SVCB and HTTPS records, and what is added for them (4.1).
func TestRFC9460(t *testing.T) {
	table{origin: "example.", rows: start + `
		@             A     192.0.2.1
		@             AAAA  2001:db8::1
		@             HTTPS 1 . alpn=h3,h2
		svc           A     192.0.2.2
		svc           HTTPS 1 . alpn=h2 port=8443
		www           HTTPS 1 svc alpn=h2
		www           A     192.0.2.3
		alias         HTTPS 0 svc
		none          HTTPS 0 .
		away          HTTPS 1 svc.example.net. alpn=h2
		_8443._foo.x  SVCB  1 svc alpn=bar
		_8443._foo.x  SVCB  2 y alpn=bar
		_dns          SVCB  1 @ alpn=dot
		y             AAAA  2001:db8::2
		*.wild        HTTPS 1 . alpn=h2
		chain         CNAME www
		`, asks: []ask{
		{
			fact:     "2.5.2 ServiceMode: the target . is the owner",
			question: "@ HTTPS",
			head:     "positive aa in example.",
			answer:   `@ HTTPS 1 . alpn=h3,h2`,
			additional: `
				@ A    192.0.2.1
				@ AAAA 2001:db8::1`,
		},
		{
			fact:     "2.5.2 beside it, at the same owner, its addresses stand once",
			question: "@ ANY",
			head:     "positive aa in example.",
			answer: `
				@ SOA   ns hostmaster 1 7200 900 1209600 300
				@ A     192.0.2.1
				@ AAAA  2001:db8::1
				@ HTTPS 1 . alpn=h3,h2`,
		},
		{
			fact:     "4.1 the addresses of a target and its own HTTPS record",
			question: "www HTTPS",
			head:     "positive aa in example.",
			answer:   `www HTTPS 1 svc alpn=h2`,
			additional: `
				svc A     192.0.2.2
				svc HTTPS 1 . alpn=h2 port=8443`,
		},
		{
			fact:     "4.1 AliasMode: the addresses of a target and its own HTTPS record",
			question: "alias HTTPS",
			head:     "positive aa in example.",
			answer:   `alias HTTPS 0 svc`,
			additional: `
				svc A     192.0.2.2
				svc HTTPS 1 . alpn=h2 port=8443`,
		},
		{
			fact:     "2.5.1 AliasMode: the target . is no target",
			question: "none HTTPS",
			head:     "positive aa in example.",
			answer:   `none HTTPS 0 .`,
		},
		{
			fact:     "a target that the table does not hold",
			question: "away HTTPS",
			head:     "positive aa in example.",
			answer:   `away HTTPS 1 svc.example.net. alpn=h2`,
		},
		{
			fact:     "2.3 a SVCB with two targets, neither with SVCB records of its own",
			question: "_8443._foo.x SVCB",
			head:     "positive aa in example.",
			answer: `
				_8443._foo.x SVCB 1 svc alpn=bar
				_8443._foo.x SVCB 2 y alpn=bar`,
			additional: `
				svc A    192.0.2.2
				y   AAAA 2001:db8::2`,
		},
		{
			fact:     "a synthesized owner has no addresses",
			question: "x.wild HTTPS",
			head:     "positive aa in example. from *.wild.example.",
			answer:   `x.wild HTTPS 1 . alpn=h2`,
		},
		{
			fact:     "at the end of a chain",
			question: "chain HTTPS",
			head:     "positive aa in example.",
			answer: `
				chain CNAME www
				www   HTTPS 1 svc alpn=h2`,
			additional: `
				svc A     192.0.2.2
				svc HTTPS 1 . alpn=h2 port=8443`,
		},
	}}.run(t)
}
