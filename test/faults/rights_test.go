package faults

import "time"

// What happens to the user that the plugin reads as.
var rightsFaults = []fault{
	{
		name: "the password is rotated",
		inflict: func(s *stage) {
			s.sql("ALTER USER reader@'%' IDENTIFIED BY 'second-secret'")
			s.must(s.killReaders())
		},
		heal:   func(s *stage) { s.writePassword("second-secret") },
		lasts:  3 * time.Second,
		blind:  true,
		logged: "check the user and the password",
	},
	{
		name: "the rights are revoked and given back",
		inflict: func(s *stage) {
			s.sql("REVOKE SELECT ON dns.tb_dns FROM reader@'%'", "REVOKE SELECT ON dns.tb_dns_changes FROM reader@'%'")
		},
		heal: func(s *stage) {
			s.sql("GRANT SELECT ON dns.tb_dns TO reader@'%'", "GRANT SELECT ON dns.tb_dns_changes TO reader@'%'")
		},
		lasts:  3 * time.Second,
		blind:  true,
		logged: "GRANT SELECT ON dns.tb_dns TO 'reader'@'%'",
	},
	{
		name:    "the right to the change log is revoked and given back",
		inflict: func(s *stage) { s.sql("REVOKE SELECT ON dns.tb_dns_changes FROM reader@'%'") },
		heal:    func(s *stage) { s.sql("GRANT SELECT ON dns.tb_dns_changes TO reader@'%'") },
		logged:  "GRANT SELECT ON dns.tb_dns_changes TO 'reader'@'%'",
	},
}
