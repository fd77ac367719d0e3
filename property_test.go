package mysqldns

import (
	"crypto/ed25519"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"math/big"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
	"unsafe"
)

// samples has a line of each property that is not its default, behind the other lines that it needs.
func samples(t *testing.T) map[string][]string {
	dir := t.TempDir()
	password := filepath.Join(dir, "password")
	if err := os.WriteFile(password, []byte("rotated\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	const other = "dns@tcp(192.0.2.9:3306)/dns"
	return map[string][]string{
		"dsn":                 {"dsn " + other},
		"password_file":       {"password_file " + password},
		"tls":                 {"tls"},
		"tls_servername":      {"tls", "tls_servername db.example.org"},
		"tls_verify_ca":       {"tls " + authority(t, dir), "tls_verify_ca"},
		"table":               {"table other"},
		"ttl":                 {"ttl 60"},
		"refresh":             {"refresh 1s"},
		"resync":              {"resync 0"},
		"snapshot":            {"snapshot " + filepath.Join(dir, "copy")},
		"max_shrink":          {"max_shrink 50"},
		"fallthrough":         {"fallthrough"},
		"http":                {"http 127.0.0.1:8053"},
		"write_dsn":           {"write_dsn " + other},
		"write_password_file": {"write_dsn " + other, "write_password_file " + password},
		"catalog":             {"catalog catalog.example"},
		"update":              {"write_dsn " + other, "update key.example www.example.org"},
	}
}

// authority writes a CA's certificate.
func authority(t *testing.T, dir string) (path string) {
	t.Helper()
	_, key, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	cert := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true}
	der, err := x509.CreateCertificate(nil, cert, cert, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	path = filepath.Join(dir, "ca.pem")
	if err := os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// blockOf is a directive of these lines, and of a dsn if none of them is one.
func blockOf(lines ...string) string {
	if !hasLine(strings.Join(lines, "\n"), "dsn") {
		lines = append([]string{"dsn " + dsn}, lines...)
	}
	return "mysqldns {\n" + strings.Join(lines, "\n") + "\n}\n"
}

// hasLine reports whether a block has a line of a property.
func hasLine(block, property string) bool {
	return slices.ContainsFunc(strings.Split(block, "\n"), func(line string) bool {
		words := strings.Fields(line)
		return len(words) > 0 && words[0] == property
	})
}

// keyOf is the key of the source of a block of these lines.
func keyOf(t *testing.T, lines ...string) string {
	t.Helper()
	m, err := parseBlock(blockOf(lines...))
	if err != nil {
		t.Fatal(err)
	}
	return m.source.key()
}

func TestManualHasTheProperties(t *testing.T) {
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(readme), "\n## Syntax\n")
	section, _, _ := strings.Cut(rest, "\n## ")
	_, rest, _ = strings.Cut(section, "mysqldns [ZONES...] {\n")
	block, items, found := strings.Cut(rest, "}\n~~~")
	if !found {
		t.Fatal("README.md has no block under Syntax")
	}
	var want strings.Builder
	for _, p := range properties {
		want.WriteString("    " + strings.TrimSpace(p.name+" "+p.form) + "\n")
		if !strings.Contains(items, "`"+p.name+"`") {
			t.Errorf("README.md says nothing of %s under its syntax", p.name)
		}
	}
	if block != want.String() {
		t.Errorf("the syntax in README.md is\n%sexpected\n%s", block, want.String())
	}
}

// Blocks share a copy if they agree on all that it is made by, whatever else they say.
func TestKeyHasTheProperties(t *testing.T) {
	samples := samples(t)
	for _, p := range properties {
		lines := samples[p.name]
		if len(lines) == 0 {
			t.Errorf("%s: no sample", p.name)
			continue
		}
		base, key := keyOf(t, lines[:len(lines)-1]...), keyOf(t, lines...)
		if again := keyOf(t, lines...); key != again {
			t.Errorf("%s: the same line makes two keys", p.name)
		}
		switch {
		case p.key != nil && key == base:
			t.Errorf("%s: another value makes the same key", p.name)
		case p.key == nil && key != base:
			t.Errorf("%s is the block's own, yet makes another key", p.name)
		}
	}
}

// derived are the fields of source that need no place in its key, and why.
var derived = map[string]string{
	"hosts":      "parsed from dsns, with what other properties say",
	"writeHosts": "parsed from writeDSNs, with what other properties say",
}

// What is added to source is in the key of some property, or is excused above: two blocks must never share a copy that only one of them asked for.
func TestKeyHasTheFieldsOfSource(t *testing.T) {
	fields := reflect.TypeFor[source]()
	for i := range fields.NumField() {
		name := fields.Field(i).Name
		var s source
		before := s.key()
		field := reflect.ValueOf(&s).Elem().Field(i)
		change(t, reflect.NewAt(field.Type(), unsafe.Pointer(field.UnsafeAddr())).Elem())
		switch _, excused := derived[name]; {
		case s.key() == before && !excused:
			t.Errorf("source.%s is in the key of no property, and not in derived", name)
		case s.key() != before && excused:
			t.Errorf("source.%s is in derived, and yet in a key", name)
		}
	}
	for name := range derived {
		if _, ok := fields.FieldByName(name); !ok {
			t.Errorf("source has no field %s", name)
		}
	}
}

// change gives a zero value another value.
func change(t *testing.T, v reflect.Value) {
	switch v.Kind() {
	case reflect.Bool:
		v.SetBool(true)
	case reflect.String:
		v.SetString("x")
	case reflect.Int, reflect.Int64:
		v.SetInt(1)
	case reflect.Uint8, reflect.Uint16, reflect.Uint32:
		v.SetUint(1)
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
	case reflect.Struct:
		change(t, v.Field(0))
	default:
		t.Fatalf("no other value of a %s is known", v.Kind())
	}
}

func TestNumberOfArguments(t *testing.T) {
	for _, p := range properties {
		least, most := p.arguments()
		for _, n := range []int{least - 1, most + 1} {
			if n < 0 || n > manyArguments {
				continue
			}
			_, err := parseBlock(blockOf(p.name + strings.Repeat(" x", n)))
			if err == nil || !strings.Contains(err.Error(), p.name+": expected "+p.form) && p.form != "" {
				t.Errorf("%s with %d arguments: %v", p.name, n, err)
			}
		}
	}
}

func TestArgumentsOfForms(t *testing.T) {
	for _, test := range []struct {
		form        string
		least, most int
	}{
		{"", 0, 0},
		{"PATH", 1, 1},
		{"DSN [DSN...]", 1, manyArguments},
		{"[ZONES...]", 0, manyArguments},
		{"[CERT KEY] [CA]", 0, 3},
		{"KEY NAME [TYPE...]", 2, manyArguments},
		{"[A] B", 1, 2},
	} {
		p := property{form: test.form}
		if least, most := p.arguments(); least != test.least || most != test.most {
			t.Errorf("%q: from %d to %d arguments, expected from %d to %d", test.form, least, most, test.least, test.most)
		}
	}
}

func TestPropertyGivenTwice(t *testing.T) {
	samples := samples(t)
	for _, p := range properties {
		lines := samples[p.name]
		if len(lines) == 0 {
			continue // TestKeyHasTheProperties tells of it
		}
		_, err := parseBlock(blockOf(append(lines, lines[len(lines)-1])...))
		want := fmt.Sprintf("%s is given twice", p.name)
		switch {
		case p.often && err != nil:
			t.Errorf("%s twice: %v", p.name, err)
		case !p.often && (err == nil || !strings.Contains(err.Error(), want)):
			t.Errorf("%s twice: got %v, expected %q", p.name, err, want)
		}
	}
}
