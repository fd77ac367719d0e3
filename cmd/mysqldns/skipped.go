package main

import "fmt"

// mostNamed is how many of the same things a command names before it only counts.
const mostNamed = 100

// skipped are what a command leaves out, to be told at its end.
type skipped struct {
	named []string
	count int
}

func (s *skipped) add(format string, args ...any) {
	if s.count++; s.count <= mostNamed {
		s.named = append(s.named, fmt.Sprintf(format, args...))
	}
}

// tell says what was left out, and returns errFound if anything was.
func (s *skipped) tell(t *terminal) error {
	for _, line := range s.named {
		t.say("%s", line)
	}
	if more := s.count - len(s.named); more > 0 {
		t.say("%d more of these; mysqldns check names all", more)
	}
	if s.count > 0 {
		return errFound
	}
	return nil
}
