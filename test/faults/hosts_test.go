package faults

import "time"

// What happens when there are two hosts.
var hostFaults = []fault{
	{
		name:    "the preferred host fails, there is a read-only one that lags, and the first comes back",
		lagging: true,
		inflict: func(s *stage) { s.must(s.server.Kill()) },
		during: func(s *stage) {
			// Who has the latest answers does not go back to old ones; who has none takes those that there are.
			if got, expected := s.steady.ask(changing), "NOERROR; A "+value(s.commits); got != expected {
				s.t.Errorf("steady answers %q for %s, expected %s", got, changing, expected)
			}
			for _, i := range s.instances()[1:] {
				if got, expected := i.ask(changing), "NOERROR; A "+value(0); got != expected {
					s.t.Errorf("%s answers %q for %s, expected %s of the second host; its log:\n%s", i.name, got, changing, expected, i.tail())
				}
			}
		},
		heal:     func(s *stage) { s.must(s.server.Restart()) },
		lasts:    8 * time.Second,
		readOnly: true,
		logged:   "it is behind the copy",
	},
}
