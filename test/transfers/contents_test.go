package transfers

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
)

// contents are what servers transferred under each serial of a zone. Its methods are safe for concurrent use.
type contents struct {
	zone string

	mu     sync.Mutex
	of     map[uint32]string // the content, by serial
	newest map[string]uint32 // that was transferred, by server
	shown  map[string]uint32 // in the SOA, by server
	errs   []error           // serials that went back in the SOA
}

func newContents(zone string) *contents {
	return &contents{zone: zone, of: map[uint32]string{}, newest: map[string]uint32{}, shown: map[string]uint32{}}
}

// show notes the serial that a server answers; 0 if there was no answer.
func (c *contents) show(addr string, serial uint32) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if was := c.shown[addr]; was != 0 && serial != 0 && int32(serial-was) < 0 {
		c.errs = append(c.errs, fmt.Errorf("at %s the serial of %s went back from %d to %d", addr, c.zone, was, serial))
	}
	if serial != 0 {
		c.shown[addr] = serial
	}
}

// wentBack returns what show has found, once.
func (c *contents) wentBack() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	errs := c.errs
	c.errs = nil
	return errors.Join(errs...)
}

// see transfers the zone from a server. An error says that a serial went back there, or has other content than it had here or there before.
func (c *contents) see(addr string) error {
	s := newSecondary(c.zone)
	if err := s.refresh(addr); err != nil {
		return err
	}
	return c.note(addr, s)
}

// note notes what a secondary has of a server.
func (c *contents) note(addr string, s *secondary) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	var errs []error
	if was, ok := c.newest[addr]; ok && int32(s.serial-was) < 0 {
		errs = append(errs, fmt.Errorf("at %s the serial of %s went back from %d to %d", addr, c.zone, was, s.serial))
	}
	c.newest[addr] = s.serial
	content := strings.Join(s.content(), "\n")
	if was, ok := c.of[s.serial]; ok && was != content {
		errs = append(errs, fmt.Errorf("serial %d of %s has two contents, %s from %s", s.serial, c.zone, difference(was, content), addr))
	}
	c.of[s.serial] = content
	return errors.Join(errs...)
}

// serials is how many there were.
func (c *contents) serials() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.of)
}

// difference says which lines one text has and the other has not.
func difference(was, is string) string {
	old, young := strings.Split(was, "\n"), strings.Split(is, "\n")
	less := func(of, without []string) []string {
		return slices.DeleteFunc(slices.Clone(of), func(line string) bool { return slices.Contains(without, line) })
	}
	return fmt.Sprintf("without %q and with %q", less(old, young), less(young, old))
}
