package master

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/mysqldns/mysqldns/plugin/record"
)

// lineOf is where the record of a reader begins in its file.
func lineOf(r *Reader) int {
	_, line := r.At(r.Place())
	return int(line)
}

// read returns "LINE: RECORD" for each record, and the error.
func read(text, origin string) (records []string, err error) {
	r := NewReader(strings.NewReader(text), "zone", Options{Origin: origin, TTL: 3600})
	for r.Next() {
		records = append(records, fmt.Sprintf("%d: %s", lineOf(r), strings.ReplaceAll(r.RR().Header().String()+record.Text(r.RR()), "\t", " ")))
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
			"1: a. 60 IN SOA n. h. 1 2 3 4 5", "4: b. 60 IN A 192.0.2.2"}},
		{"record of which a line begins without space", "a. 60 SOA n. h. ( ; (\n1 2\n3\n\n4\n5\n)\nb. 60 A 192.0.2.2\n", []string{
			"1: a. 60 IN SOA n. h. 1 2 3 4 5", "8: b. 60 IN A 192.0.2.2"}},
		{"line break within quotes", "a. 60 TXT \"x\ny\"\nb. 60 A 192.0.2.2\n", []string{"1: a. 60 IN TXT \"x\\010y\"", "3: b. 60 IN A 192.0.2.2"}},
		{"$GENERATE takes $TTL", "$TTL 300\n$GENERATE 1-2 h$.lan. A 192.0.2.$\n\nx.lan. A 192.0.2.9\n", []string{
			"2: h1.lan. 300 IN A 192.0.2.1", "2: h2.lan. 300 IN A 192.0.2.2", "4: x.lan. 300 IN A 192.0.2.9"}},
		{"$GENERATE with a class", "$TTL 300\n$GENERATE 1-1 h$.lan. IN A 192.0.2.$\n", []string{"2: h1.lan. 300 IN A 192.0.2.1"}},
		{"$GENERATE with a TTL of its own", "$TTL 300\n$GENERATE 1-1 h$.lan. 5 A 192.0.2.$\n", []string{"2: h1.lan. 5 IN A 192.0.2.1"}},
		{"$GENERATE with a TTL behind the class", "$TTL 300\n$GENERATE 1-1 h$.lan. IN 5 A 192.0.2.$\n", []string{"2: h1.lan. 5 IN A 192.0.2.1"}},
		{"$GENERATE in all bases", "$GENERATE 10-14/4 ${-9,2}.${0,3,o}.${0,0,x}.${0,4,X}.${240,5,n}.${0,1,N}.\\$.$$.a. 5 TXT \"x $\"\n", []string{
			`1: 01.012.a.000A.a.f.0.A.$.$.a. 5 IN TXT "x" "10"`, `1: 05.016.e.000E.e.f.0.E.$.$.a. 5 IN TXT "x" "14"`}},
		{"$GENERATE with quoted RDATA, as BIND wants it", "$TTL 5\n$GENERATE 1-1 h$.lan. MX \"10 mail$.lan.\"\n", []string{"2: h1.lan. 5 IN MX 10 mail1.lan."}},
		{"$GENERATE with RDATA of several fields", "$TTL 5\n$GENERATE 1-1 h$.lan. MX 1$ mail$.lan. ; $\n", []string{"2: h1.lan. 5 IN MX 11 mail1.lan."}},
		{"@ and relative names", "$ORIGIN lan.\n@ 5 MX 1 @\n  5 NS ns\nns 5 A 192.0.2.1\n$ORIGIN b\nx 5 CNAME y\n", []string{
			"2: lan. 5 IN MX 1 lan.", "3: lan. 5 IN NS ns.lan.", "4: ns.lan. 5 IN A 192.0.2.1", "6: x.b.lan. 5 IN CNAME y.b.lan."}},
		{"case of owner names", "WWW.Example. 5 A 192.0.2.1\n", []string{"1: WWW.Example. 5 IN A 192.0.2.1"}},
		{"TTL of $TTL", "$TTL 1h\na. 5 A 192.0.2.1\nb. A 192.0.2.1\n", []string{"2: a. 5 IN A 192.0.2.1", "3: b. 3600 IN A 192.0.2.1"}},
		{"TTL stated last", "a. SOA n. h. 1 2 3 4 5\na. 7 A 192.0.2.1\nb. A 192.0.2.1\n", []string{
			"1: a. 5 IN SOA n. h. 1 2 3 4 5", "2: a. 7 IN A 192.0.2.1", "3: b. 7 IN A 192.0.2.1"}},
		{"TTL of the SOA's minimum", "a. SOA n. h. 1 2 3 4 5\nb. A 192.0.2.1\n", []string{"1: a. 5 IN SOA n. h. 1 2 3 4 5", "2: b. 5 IN A 192.0.2.1"}},
		{"TTL of nothing in the file", "b. A 192.0.2.1\n", []string{"1: b. 3600 IN A 192.0.2.1"}},
		{"TTL of zero", "b. 0 A 192.0.2.1\nc. A 192.0.2.1\n", []string{"1: b. 0 IN A 192.0.2.1", "2: c. 0 IN A 192.0.2.1"}},
		{"TTL and class in either order", "b. IN 1m A 192.0.2.1\nb. 1m IN A 192.0.2.1\nb. CLASS1 TYPE1 192.0.2.1\n", []string{
			"1: b. 60 IN A 192.0.2.1", "2: b. 60 IN A 192.0.2.1", "3: b. 60 IN A 192.0.2.1"}},
		{"unquoted strings of NAPTR", "a. 5 NAPTR ( 1 1 P E2U+email \"\" email.example.com. )\na. 5 NAPTR 1 1 u E2U+sip !^.*$!sip:c@example.com! .\n", []string{
			`1: a. 5 IN NAPTR 1 1 "P" "E2U+email" "" email.example.com.`, `2: a. 5 IN NAPTR 1 1 "u" "E2U+sip" "!^.*$!sip:c@example.com!" .`}},
		{"words of TXT", "a. 5 TXT one \"two words\" three;no\n", []string{`1: a. 5 IN TXT "one" "two words" "three"`}},
		{"unknown type", "a. 60 TYPE65280 \\# 2 ABCD\n", []string{`1: a. 60 IN TYPE65280 \# 2 abcd`}},
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
		{"bad address", "a. 60 A 192.0.2.1\nb. 60 A 192.0.2.256\n", `zone:2: A "192.0.2.256" is not an IPv4 address: write four numbers from 0 to 255 without leading zeros, such as 192.0.2.1`},
		{"relative name without an origin", "\nwww 60 A 192.0.2.1\n", `zone:2: name "www" is relative, and no origin is known: say with $ORIGIN or --origin what it is relative to, or write the name in full, with a dot at its end`},
		{"relative target without an origin", "a. 60 MX 1 mail\n", `zone:1: MX "1 mail" has a name, "mail", that is relative, and no origin is known: say with $ORIGIN or --origin what it is relative to, or write the name in full, with a dot at its end`},
		{"$INCLUDE", "$INCLUDE /etc/passwd\n", `zone:1: $INCLUDE is refused on the standard input, where nobody knows what it is relative to: put what the other file has in its place, or import a file`},
		{"unknown type", "a. 60 A 192.0.2.1\na. 60 FOO x\n", `zone:2: type "FOO" is unknown: write a mnemonic such as A, a number from 1 to 65534, or TYPE and that number`},
		{"open parenthesis", "a. 60 SOA n. h. ( 1 2 3\n 4 5\n\n", `zone:1: has a ( without ): add the ) or remove the (`},
		{"open quotes", "a. 60 TXT \"x\n", `zone:1: has a quote that is never closed: add the closing quote, or write \" for a quote that is text`},
		{"cut off in the middle of a record", "b. 60 A 192.0.2.2\na. 60 SOA n. h. 1 2 3", `zone:2: SOA "n. h. 1 2 3" has too few fields for type SOA (5 instead of 7): write it as in ns1.example.org hostmaster.example.org 2026010101 7200 900 1209600 300`},
		{"surplus parenthesis", "a. 60 A 192.0.2.1 )\n", `zone:1: has a ) without (: add the ( or remove the )`},
		{"wrong in what $GENERATE makes", "\n\n$TTL 5\n$GENERATE 250-256 h$.lan. A 192.0.2.$\n", `zone:4: A "192.0.2.256" is not an IPv4 address: write four numbers from 0 to 255 without leading zeros, such as 192.0.2.1`},
		{"wrong range of $GENERATE", "\n$GENERATE 1-x h$.lan. 5 A 192.0.2.$\n", `zone:2: the range of $GENERATE is "1-x": write START-STOP or START-STOP/STEP, numbers that grow, such as 1-254 or 0-250/5`},
		{"control characters do not reach the terminal", "a. 60 A \x1b[31m\n", `zone:1: holds a control character: remove it, or, if it belongs to the data, write it in decimal, as \009 for a tab`},
		{"an endless word", "a. 60 A " + strings.Repeat("1", 1000) + "\n", `zone:1: A "` + strings.Repeat("1", 64) + `"... is not an IPv4 address: write four numbers from 0 to 255 without leading zeros, such as 192.0.2.1`},
		{"another class", "a. 60 CH TXT x\n", `zone:1: a. is of class CH; the plugin serves IN only: remove it`},
		{"ANAME", "a. 60 ANAME b.\n", `zone:1: type "ANAME" is another server's name for ALIAS: set the type to ALIAS`},
		{"LUA", "a. 60 LUA A \"x\"\n", `zone:1: type "LUA" is no DNS type but PowerDNS's: a program that makes answers: write the records that it would make`},
		{"time stamps of Microsoft", "a. [AGE:3521] 60 A 192.0.2.1\n", `zone:1: "[AGE:3521]" is the time stamp of Microsoft's DNS server, and no part of a record: remove it`},
		{"an unknown directive", "$FOO bar\n", `zone:1: $FOO is a directive that is not known: there are $ORIGIN, $TTL, $INCLUDE and $GENERATE; write a name that begins with a $ as \$`},
		{"byte order mark", "\xef\xbb\xbfa. 60 A 192.0.2.1\n", `zone:1: the file begins with a byte order mark, which is no part of a name: save it as UTF-8 without BOM, or as ASCII`},
		{"UTF-16", "\xff\xfea\x00.\x00", `zone:1: the file is in UTF-16: save it as ASCII, as with iconv -f UTF-16 -t ASCII`},
		{"gzip", "\x1f\x8b\x08\x00", `zone:1: the file is compressed by gzip: unpack it first, as with gunzip -c FILE | mysqldns import -`},
		{"no owner name at all", "  60 A 192.0.2.1\n", `zone:1: the line begins with white space, so it means the owner name of the record before, and there is none: begin it with a name`},
		{"owner name forgotten", "A 192.0.2.1\n", `zone:1: the line has no owner name, but begins with the type A: write the name, or begin the line with white space to mean that of the record before`},
		{"two TTLs", "a. 60 60 A 192.0.2.1\n", `zone:1: there is a second number, "60", where the type is to be: remove one of them`},
		{"TTL too large", "a. 2147483648 A 192.0.2.1\n", `zone:1: the TTL 2147483648 is too large: write at most 2147483647 seconds (RFC 2181, 8)`},
		{"type missing", "a. 60 IN\n", `zone:1: the type is missing: write it and its data behind owner name, TTL and class`},
		{"name alone", "a.\n", `zone:1: there is nothing behind the owner name "a.": write TTL, class, type and data, or remove it`},
		{"every bad line", "a. 60 A x\nb. 60 A 192.0.2.1\nc. 60 AAAA y\n", `zone:1: A "x" is not an IPv4 address: write four numbers from 0 to 255 without leading zeros, such as 192.0.2.1
zone:3: AAAA "y" is not an IPv6 address: write one address, such as 2001:db8::1`},
		{"a quote that swallows lines", "a. 60 TXT \"x\nb. 60 A y\nc. 60 TXT \"z\"\n", `zone:1: a quoted string does not end in the line that it begins in: add the closing quote, or write \" for a quote that is text
zone:2: A "y" is not an IPv4 address: write four numbers from 0 to 255 without leading zeros, such as 192.0.2.1`},
		{"a parenthesis that swallows lines", "a. 60 SOA n. h. ( 1 2\n  3 4 5\nb. 60 A y\n", `zone:1: has a ( without ): add the ) or remove the (
zone:3: A "y" is not an IPv4 address: write four numbers from 0 to 255 without leading zeros, such as 192.0.2.1`},
		{"records of an owner name that is wrong", "a..b 60 A 192.0.2.1\n  60 A 192.0.2.2\n", `zone:1: name "a..b" has an empty label: remove the dot at the start or the second of two dots`},
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
	r := NewReader(io.MultiReader(strings.NewReader("a. 60 A 192.0.2.1\n"), broken{}), "zone", Options{})
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
		r := NewReader(strings.NewReader(text), "zone", Options{Origin: "example."})
		line := 0
		for n := 0; n < 10000 && r.Next(); n++ {
			if lineOf(r) < line || lineOf(r) > strings.Count(text, "\n")+1 {
				t.Fatalf("line %d after %d", lineOf(r), line)
			}
			line = lineOf(r)
		}
		if err := r.Err(); err != nil && strings.ContainsAny(err.Error(), "\r\x1b\x00") {
			t.Errorf("%q", err)
		}
	})
}

// writeFiles writes files into a folder, which it returns.
func writeFiles(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// readFile reads dir/zone, and returns "FILE:LINE: RECORD" for each record, without dir.
func readFile(t *testing.T, dir string) (records []string, err error) {
	t.Helper()
	path := filepath.Join(dir, "zone")
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	r := NewReader(file, path, Options{Path: path, Origin: "example.", TTL: 60})
	defer r.Close()
	for r.Next() {
		name, line := r.At(r.Place())
		records = append(records, fmt.Sprintf("%s:%d: %s %s", strings.TrimPrefix(name, dir+"/"), line, r.RR().Header().Name, record.Text(r.RR())))
	}
	return records, r.Err()
}

func TestInclude(t *testing.T) {
	dir := writeFiles(t, map[string]string{
		"zone":    "a A 192.0.2.1\n$INCLUDE sub/b b\n  A 192.0.2.2\n$INCLUDE \"sub/c d\"\nz A 192.0.2.9\n",
		"sub/b":   "; nothing\n@ A 192.0.2.3\n$ORIGIN x\n$INCLUDE c\n",
		"sub/c":   "c A 192.0.2.4\n",
		"sub/c d": "cd A 192.0.2.5",
	})
	got, err := readFile(t, dir)
	expected := []string{"zone:1: a.example. 192.0.2.1", "sub/b:2: b.example. 192.0.2.3", "sub/c:1: c.x.b.example. 192.0.2.4", "zone:3: a.example. 192.0.2.2",
		"sub/c d:1: cd.example. 192.0.2.5", "zone:5: z.example. 192.0.2.9"}
	if err != nil || !slices.Equal(got, expected) {
		t.Errorf("got %q, %v", got, err)
	}
}

func TestIncludeIsBounded(t *testing.T) {
	tests := []struct {
		name, expected string
		files          map[string]string
	}{
		{"a circle", `b:1: $INCLUDE: DIR/zone is being read already, so this would never end: remove the line`, map[string]string{"zone": "$INCLUDE b\n", "b": "$INCLUDE zone\n"}},
		{"a file that is not there", `zone:1: $INCLUDE: DIR/gone: no such file or directory`, map[string]string{"zone": "$INCLUDE gone\n"}},
		{"a folder", `zone:1: $INCLUDE: DIR/d is no regular file`, map[string]string{"zone": "$INCLUDE d\n", "d/x": ""}},
		{"an error in another file", `b:2: name "..": has an empty label`, map[string]string{"zone": "$INCLUDE b\n", "b": "\n.. A 192.0.2.1\n"}},
		{"another kind of file", "b:1: the file is compressed by gzip", map[string]string{"zone": "$INCLUDE b\n", "b": "\x1f\x8b\x08"}},
		{"many", "more than 1000 files are included", map[string]string{"zone": strings.Repeat("$INCLUDE b\n", 1001), "b": ""}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			dir := writeFiles(t, test.files)
			_, err := readFile(t, dir)
			said := strings.ReplaceAll(strings.ReplaceAll(fmt.Sprint(err), dir+"/zone:", "zone:"), dir+"/b:", "b:")
			if said = strings.ReplaceAll(said, dir, "DIR"); !strings.Contains(said, strings.Replace(test.expected, `"..": has`, `".." has`, 1)) {
				t.Errorf("got      %s\nexpected %s", said, test.expected)
			}
		})
	}
	files := map[string]string{"zone": "$INCLUDE 0\n"}
	for i := range 30 {
		files[fmt.Sprint(i)] = fmt.Sprintf("$INCLUDE %d\n", i+1)
	}
	if _, err := readFile(t, writeFiles(t, files)); err == nil || !strings.Contains(err.Error(), "nested more than 15 deep") {
		t.Errorf("got %v", err)
	}
}
