// Package release tests what a release is made of: the workflows that make it, and the page for coredns.io.
package release

import (
	"errors"
	"os"
	"regexp"
	"strings"
	"testing"
)

func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// syntax is the block of code of the section Syntax.
func syntax(text string) (string, error) {
	_, section, _ := strings.Cut(text, "\n## Syntax\n")
	block := regexp.MustCompile("(?s)^\\s*(?:~~~|```)[ a-z]*\n(.*?)\n(?:~~~|```)\n").FindStringSubmatch(section)
	if block == nil {
		return "", errors.New("no section Syntax that begins with a block of code")
	}
	return block[1], nil
}

func TestPageForCorednsIoHasTheSyntaxOfTheREADME(t *testing.T) {
	want, err := syntax(read(t, "../README.md"))
	if err != nil {
		t.Fatal("README.md: ", err)
	}
	got, err := syntax(read(t, "../docs/coredns.io.md"))
	if err != nil {
		t.Fatal("docs/coredns.io.md: ", err)
	}
	if got != want {
		t.Errorf("docs/coredns.io.md has\n%s\nand README.md\n%s", got, want)
	}
}

// What the site's generator and its list of plugins need.
func TestFrontMatterOfThePageForCorednsIo(t *testing.T) {
	_, rest, _ := strings.Cut(read(t, "../docs/coredns.io.md"), "+++\n")
	matter, _, closed := strings.Cut(rest, "\n+++\n")
	if !closed {
		t.Fatal("no front matter between two lines of +++")
	}
	for key, form := range map[string]string{
		"title":       `"mysqldns"`,
		"description": `"\*mysqldns\* - .+\."`,
		"weight":      `\d+`,
		"tags":        `\[ "plugin", "mysqldns".* \]`,
		"categories":  `\[ "plugin", "external" \]`,
		"date":        `"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+\d\d:\d\d"`,
		"repo":        `"https://github\.com/mysqldns/mysqldns"`,
		"home":        `"https://github\.com/mysqldns/mysqldns/.+"`,
	} {
		if !regexp.MustCompile(`(?m)^` + key + ` = ` + form + `$`).MatchString(matter) {
			t.Errorf("no line %s = %s", key, form)
		}
	}
}

// The one line that says what it is must not say it in two ways.
func TestPageForCorednsIoSaysWhatTheREADMESays(t *testing.T) {
	line := regexp.MustCompile(`(?m)^\*mysqldns\* - .+\.$`).FindString(read(t, "../README.md"))
	if line == "" || !strings.Contains(read(t, "../docs/coredns.io.md"), `description = "`+line+`"`) {
		t.Errorf("the description is not README.md's %q", line)
	}
}
