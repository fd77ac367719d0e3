package master

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
)

// read returns "LINE: RECORD" for each record, and the error.
func read(text, origin string) (records []string, err error) {
	r := NewReader(strings.NewReader(text), "zone", origin)
	for r.Next() {
		records = append(records, fmt.Sprintf("%d: %s", r.Line(), strings.ReplaceAll(r.RR().String(), "\t", " ")))
	}
	return records, r.Err()
}

func TestReaderKnowsLines(t *testing.T) {
	tests := []struct {
		name, text string
		expected   []string
	}{
		{"directives, comments, empty lines", "$ORIGIN example.org.\n; nothing\n\n$TTL 1h\nwww A 192.0.2.1 ; the web\n    AAAA ::1\n", []string{
			"5: www.example.org. 3600 IN A 192.0.2.1", "6: www.example.org. 3600 IN AAAA ::1"}},
		{"no line break at the end", "www.example.org. 60 A 192.0.2.1", []string{"1: www.example.org. 60 IN A 192.0.2.1"}},
		{"line breaks of another system", "a. 60 A 192.0.2.1\r\nb. 60 A 192.0.2.2\r\n", []string{"1: a. 60 IN A 192.0.2.1", "2: b. 60 IN A 192.0.2.2"}},
		{"record over several lines", "a. 60 SOA n. h. (\n1 2\n3 4 5 ) ; end\nb. 60 A 192.0.2.2\n", []string{
			"3: a. 60 IN SOA n. h. 1 2 3 4 5", "4: b. 60 IN A 192.0.2.2"}},
		{"record of which a line begins without space", "a. 60 SOA n. h. ( ; (\n1 2\n3\n\n4\n5\n)\nb. 60 A 192.0.2.2\n", []string{
			"7: a. 60 IN SOA n. h. 1 2 3 4 5", "8: b. 60 IN A 192.0.2.2"}},
		{"line break within quotes", "a. 60 TXT \"x\ny\"\nb. 60 A 192.0.2.2\n", []string{"2: a. 60 IN TXT \"x\\010y\"", "3: b. 60 IN A 192.0.2.2"}},
		{"$GENERATE takes $TTL", "$TTL 300\n$GENERATE 1-2 h$.lan. A 192.0.2.$\n\nx.lan. A 192.0.2.9\n", []string{
			"2: h1.lan. 300 IN A 192.0.2.1", "2: h2.lan. 300 IN A 192.0.2.2", "4: x.lan. 300 IN A 192.0.2.9"}},
		{"$GENERATE with a class", "$TTL 300\n$GENERATE 1-1 h$.lan. IN A 192.0.2.$\n", []string{"2: h1.lan. 300 IN A 192.0.2.1"}},
		{"$GENERATE with a TTL of its own", "$TTL 300\n$GENERATE 1-1 h$.lan. 5 A 192.0.2.$\n", []string{"2: h1.lan. 5 IN A 192.0.2.1"}},
		{"$GENERATE with a TTL behind the class", "$TTL 300\n$GENERATE 1-1 h$.lan. IN 5 A 192.0.2.$\n", []string{"2: h1.lan. 5 IN A 192.0.2.1"}},
		{"unknown type", "a. 60 TYPE65280 \\# 2 ABCD\n", []string{`1: a. 60 CLASS1 TYPE65280 \# 2 ABCD`}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, err := read(test.text, "")
			if err != nil || !slices.Equal(got, test.expected) {
				t.Errorf("got %q, %v\nexpected %q", got, err, test.expected)
			}
		})
	}
}

func TestReaderSaysWhatIsWrongAndWhere(t *testing.T) {
	tests := []struct{ name, text, expected string }{
		{"bad address", "a. 60 A 192.0.2.1\nb. 60 A 192.0.2.256\n", `zone:2: bad A A: "192.0.2.256"`},
		{"relative name without an origin", "\nwww 60 A 192.0.2.1\n", `zone:2: bad owner name: "www" (a relative name needs an origin)`},
		{"no TTL", "a. A 192.0.2.1\n", `zone:1: missing TTL with no previous value: "A" (begin the file with $TTL)`},
		{"$INCLUDE", "$INCLUDE /etc/passwd\n", `zone:1: $INCLUDE directive not allowed: "/etc/passwd" (put what the other file has in its place)`},
		{"unknown type", "a. 60 A 192.0.2.1\na. 60 FOO x\n", `zone:2: expecting RR type or class, not this...: "FOO" (no such type or class; write types that have no name as TYPE65280)`},
		{"open parenthesis", "a. 60 SOA n. h. ( 1 2 3\n4 5\n\n", `zone:4: the file ends within parentheses or quotes: close them`},
		{"open quotes", "a. 60 TXT \"x\n", `zone:1: the file ends within parentheses or quotes: close them`},
		{"cut off in the middle of a record", "b. 60 A 192.0.2.2\na. 60 SOA n. h. 1 2 3", `zone:2: bad SOA zone parameter: "$TTL" (the record is not complete)`},
		{"surplus parenthesis", "a. 60 A 192.0.2.1 )\n", `zone:1: garbage after rdata: "extra closing brace"`},
		{"wrong in what $GENERATE makes", "\n\n$TTL 5\n$GENERATE 250-256 h$.lan. A 192.0.2.$\n", `zone:4: bad A A: "192.0.2.256"`},
		{"wrong range of $GENERATE", "\n$GENERATE 1-x h$.lan. 5 A 192.0.2.$\n", `zone:2: bad stop in $GENERATE range: "1-x"`},
		{"control characters do not reach the terminal", "a. 60 A \x1b[31m\n", `zone:1: bad A A: "\x1b[31m"`},
		{"an endless word", "a. 60 A " + strings.Repeat("1", 1000) + "\n", `zone:1: bad A A: "` + strings.Repeat("1", 63) + `...`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, err := read(test.text, "")
			if err == nil || err.Error() != test.expected {
				t.Errorf("got      %v\nexpected %s", err, test.expected)
			}
		})
	}
}

type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, errors.New("disk on fire") }

func TestReaderPassesOnWhatTheFileSystemSays(t *testing.T) {
	r := NewReader(io.MultiReader(strings.NewReader("a. 60 A 192.0.2.1\n"), broken{}), "zone", "")
	for r.Next() {
	}
	if err := r.Err(); err == nil || !strings.Contains(err.Error(), "disk on fire") {
		t.Errorf("got %v", err)
	}
}

func FuzzReader(f *testing.F) {
	f.Add("$TTL 300\n$GENERATE 1-2 h$.lan. IN A 192.0.2.$\na. SOA n. h. (\n1 2 3 4 5 )\n", "example.org.")
	f.Add("$GENERATE 1-2 $ TXT \"${0,3,d}\"\n$TTL\n$", "")
	f.Fuzz(func(t *testing.T, text, origin string) {
		if strings.Contains(strings.ToUpper(text), "GENERATE") && strings.Count(text, "-") > 0 && len(text) > 90 {
			return // 65536 records each
		}
		r := NewReader(strings.NewReader(text), "zone", "")
		line := 0
		for r.Next() {
			if r.Line() < line || r.Line() > strings.Count(text, "\n")+1 {
				t.Fatalf("line %d after %d", r.Line(), line)
			}
			line = r.Line()
		}
		if err := r.Err(); err != nil && strings.ContainsAny(err.Error(), "\n\r\x1b") {
			t.Errorf("%q", err)
		}
	})
}
