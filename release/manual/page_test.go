package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

const readme = "# frob\n\n[![build](https://example.org/badge.svg)](https://example.org)\n\n*frob* - turns things.\n\n" +
	"## Quick start\n\n    make frob\n\n### Deeper\n\nnot wanted\n\n" +
	"## Description\n\nIt turns ~things~ and \\ them.\n'Quoted' at the start of a line; see [the map](docs/map.md) or\n" +
	"[the site](https://example.org/a-b).\n\n" +
	"| Thing | What it is | Example |\n|---|---|---|\n| `a-b` | both | `--turn` |\n| c | one | |\n\n" +
	"~~~ txt\n.hidden 'x' \"y\" \\z -w ^`~\n\nafter a blank line\n~~~\n\n" +
	"![a picture](x.png)\n\n## Bugs\n\n" +
	"* one:\n\n      $ code in it\n\n  and more\n* two\n\n  * deeper\n\n1. first\n2. second\n\nAt the \\*end\\* &amp; done.\n"

// formatted is the page as a terminal shows it.
func formatted(t *testing.T, page []byte) string {
	t.Helper()
	output := formatWith(t, page, "groff", "-man", "-Kutf8", "-Tutf8", "-P-cbou", "-rLL=78n")
	return strings.ReplaceAll(strings.Join(strings.Fields(output), " "), "’", "'") // which one depends on the system
}

// formatWith has a program format the page, or skips the test if it is not there.
func formatWith(t *testing.T, page []byte, program string, args ...string) string {
	t.Helper()
	if _, err := exec.LookPath(program); err != nil {
		if os.Getenv("MYSQLDNS_REQUIRE_SERVERS") != "" {
			t.Fatalf("%v (Debian: apt-get install groff-base mandoc)", err)
		}
		t.Skipf("NOT TESTED: %v (Debian: apt-get install groff-base mandoc)", err)
	}
	cmd := exec.Command(program, args...)
	cmd.Stdin = bytes.NewReader(page)
	cmd.Env = append(os.Environ(), "LC_ALL=C.UTF-8")
	output, err := cmd.CombinedOutput()
	if err != nil && len(output) == 0 {
		t.Fatalf("%s: %v", program, err)
	}
	return string(output)
}

func example(t *testing.T) []byte {
	t.Helper()
	page, err := source{"", "frob", 1, "User Commands"}.page([]byte(readme), "1.2.3", time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC))
	if err != nil {
		t.Fatal(err)
	}
	return page
}

func TestWhatAPageShows(t *testing.T) {
	text := formatted(t, example(t))
	for what, want := range map[string]string{
		"title":                             "FROB(1) User Commands FROB(1) NAME frob - turns things DESCRIPTION",
		"version and date":                  "mysqldns 1.2.3 2026-11-23 FROB(1)",
		"characters that roff reads":        `It turns ~things~ and \ them. 'Quoted' at the start`,
		"text of a link in the repository":  "see the map or the site",
		"address of a link elsewhere":       "the site ⟨https://example.org/a-b⟩",
		"row of a table":                    "a-b both Example: --turn",
		"row of a table with an empty cell": "c one .hidden",
		"code as it was typed":              ".hidden 'x' \"y\" \\z -w ^`~ after a blank line",
		"list":                              "BUGS • one: $ code in it and more • two • deeper 1. first 2. second",
		"escapes and entities":              "At the *end* & done. mysqldns",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("%s: no %q in\n%s", what, want, text)
		}
	}
	for _, unwanted := range []string{"QUICK", "make frob", "Deeper", "not wanted", "picture", "badge", "docs/map.md"} {
		if strings.Contains(text, unwanted) {
			t.Errorf("%q is in\n%s", unwanted, text)
		}
	}
}

// Some formatters print a bare hyphen as another character than a shell wants.
func TestHyphensInCodeCanBeCopied(t *testing.T) {
	if page := string(example(t)); !strings.Contains(page, `\fB\-\-turn\fR`) || !strings.Contains(page, `\ez \-w`) {
		t.Errorf("there are bare hyphens in\n%s", page)
	}
}

// How far things are indented says what belongs to what.
func TestIndentation(t *testing.T) {
	lines := formatWith(t, example(t), "groff", "-man", "-Kutf8", "-Tutf8", "-P-cbou", "-rLL=78n")
	for _, want := range []string{
		"       • one:\n\n             $ code in it\n\n         and more\n\n       • two\n\n         • deeper\n\n       1.  first\n\n       2.  second\n\n       At the",
		"\n           .hidden",
		"\n       a-b    both\n              Example: --turn\n",
	} {
		if !strings.Contains(lines, want) {
			t.Errorf("no\n%s\nin\n%s", want, lines)
		}
	}
}

func TestNameAsASection(t *testing.T) {
	page, err := source{"", "frob", 1, "User Commands"}.page([]byte("# frob\n\n## Name\n\n*frob* - turns things.\n\n## Syntax\n\n    frob\n"), "1", time.Now())
	if err != nil {
		t.Fatal(err)
	}
	if got, want := regexp.MustCompile(`(?m)^\.SH .*`).FindAllString(string(page), -1), []string{`.SH "NAME"`, `.SH "SYNTAX"`}; strings.Join(got, " ") != strings.Join(want, " ") {
		t.Errorf("sections are %q, want %q", got, want)
	}
}

func TestTextBeforeTheFirstSectionIsTheDescriptionIfThereIsNone(t *testing.T) {
	const start, end = "# frob\n\n*frob* - turns things.\n\nIt turns them well.\n\n## Syntax\n\nfrob\n", "\n## Description\n\nIt turns.\n"
	for text, want := range map[string]bool{start: true, start + end: false} {
		page, err := source{"", "frob", 1, "User Commands"}.page([]byte(text), "1", time.Now())
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.Contains(string(page), ".SH \"DESCRIPTION\"\nIt turns them well."); got != want {
			t.Errorf("it is the description: %v, want %v:\n%s", got, want, page)
		}
	}
}

func TestAREADMEThatIsNoPage(t *testing.T) {
	for text, want := range map[string]string{
		"":                                       `write "# name"`,
		"frob - turns things":                    `write "# name"`,
		"# frob\n\nIt turns.":                    `write a line "*frob* - what it is"`,
		"# frob\n\n*other* - turns":              `write a line "*frob* - what it is"`,
		"# frob\n\n## Bugs\n\n*frob* - has none": `write a line "*frob* - what it is"`,
	} {
		_, err := source{name: "frob", number: 1}.page([]byte(text), "1", time.Now())
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: error is %v, want one that says %q", text, err, want)
		}
	}
}

// The pages of this repository, by both formatters that are in use, without a word of complaint.
func TestPagesFormatWithoutWarnings(t *testing.T) {
	out := t.TempDir()
	if err := run("../..", out, "1.2.3", "2026-11-23T10:00:00Z"); err != nil {
		t.Fatal(err)
	}
	pages, err := filepath.Glob(filepath.Join(out, "*"))
	if err != nil || len(pages) == 0 {
		t.Fatalf("no pages (%v)", err)
	}
	for _, path := range pages {
		page, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		t.Run(filepath.Base(path)+" groff", func(t *testing.T) {
			if said := formatWith(t, page, "groff", "-ww", "-man", "-Kutf8", "-Tutf8", "-z"); said != "" {
				t.Error(said)
			}
		})
		t.Run(filepath.Base(path)+" mandoc", func(t *testing.T) {
			if said := formatWith(t, page, "mandoc", "-T", "lint", "-W", "warning"); said != "" {
				t.Error(said)
			}
		})
	}
}
