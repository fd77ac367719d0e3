package follow

import "strings"

// spellings are ways in which owner names are spelled that a search for the owner name would not find. There may be very many of one name.
type spellings struct {
	of    map[string][]string // owner name -> its spellings
	known map[string]bool     // all of them
}

func newSpellings() spellings { return spellings{map[string][]string{}, map[string]bool{}} }

func (s spellings) note(owner, spelling string) {
	if !s.known[spelling] {
		s.known[spelling] = true
		s.of[owner] = append(s.of[owner], spelling)
	}
}

// unusual is how a row spells its owner name, if a search for that, with or without the final dot, would not find the row.
func unusual(raw, owner string, caseSensitive bool) (spelling string, ok bool) {
	spelling = raw
	if !caseSensitive {
		spelling = strings.ToLower(raw)
	}
	return spelling, spelling != owner && spelling != strings.TrimSuffix(owner, ".")
}
