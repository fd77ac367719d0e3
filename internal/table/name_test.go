package table

import "testing"

func TestNamesAreQuoted(t *testing.T) {
	tests := []struct{ name, quoted, changes string }{
		{"tb_dns", "`tb_dns`", "`tb_dns_changes`"},
		{"other.names", "`other`.`names`", "`other`.`names_changes`"},
		{"tb`; DROP TABLE x; --", "`tb``; DROP TABLE x; --`", "`tb``; DROP TABLE x; --_changes`"},
	}
	for _, test := range tests {
		name, err := ParseName(test.name)
		if err != nil {
			t.Error(err)
			continue
		}
		if name.String() != test.name || name.Quoted() != test.quoted || name.Changes().Quoted() != test.changes {
			t.Errorf("%s is %s, quoted %s and %s", test.name, name, name.Quoted(), name.Changes().Quoted())
		}
	}
}

func TestTablesBesideOne(t *testing.T) {
	name := Name{"other", "names"}
	for got, expected := range map[Name]string{
		name.Changes(): "other.names_changes",
		name.Zones():   "other.names_zones",
		name.Journal(): "other.names_journal",
	} {
		if got.String() != expected {
			t.Errorf("got %s, expected %s", got, expected)
		}
	}
}

func TestParseNameRefuses(t *testing.T) {
	for _, s := range []string{"", ".", "a.", ".b", "a.b.c", "a\x00b", "a234567890123456789012345678901234567890123456789012345678901234x"} {
		if name, err := ParseName(s); err == nil {
			t.Errorf("took %q for %s", s, name)
		}
	}
}
